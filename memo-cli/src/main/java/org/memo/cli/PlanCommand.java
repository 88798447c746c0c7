package org.memo.cli;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;
import org.memo.plan.JobPlanner;
import org.memo.plan.PlanAnswer;
import org.memo.plan.Strategy;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code memo plan}: what a step will take, before anyone pays for a GPU. */
@Command(
    name = "plan",
    sortOptions = false,
    description =
        "Plans a training step for hardware that need not be here: what fits, where everything"
            + " lives, how long a step will take.",
    footer = {
      "",
      "Strategies: best, all that Memo can do; memo, the MEMO paper to the letter: one alpha, two"
          + " rounding buffers of a whole layer, the last two layers in them; recompute, layer"
          + " inputs kept and everything else computed again; swap, everything swapped; none,"
          + " everything kept in device memory.",
      "",
      "The exit code is 3 where the step does not fit; the JSON file is written all the same."
    })
final class PlanCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  @SuppressWarnings("UnusedVariable") // picocli reads it
  private boolean helpRequested;

  @Mixin private PlanJobOptions jobOptions = new PlanJobOptions();

  @Option(
      names = "--strategy",
      paramLabel = "NAME",
      description = "best, memo, recompute, swap or none, as below. Default: best.")
  private String strategyName = "best";

  @Option(
      names = "--compare",
      description =
          "Also plan every other strategy, and say what a caching allocator of PyTorch's kind"
              + " would reserve for the same requests.")
  private boolean compare;

  @Option(
      names = "--max-sequence",
      description = "Also find the longest sequence that fits, to 16K tokens.")
  private boolean maxSequence;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the answer as JSON.")
  private @Nullable Path json;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Write a picture of slab and streams, one page without network.")
  private @Nullable Path html;

  @Override
  public Integer call() {
    long start = System.nanoTime();
    requireFiles();
    Strategy strategy = strategy();
    PrintWriter out = spec.commandLine().getOut();
    PlanJob asked = jobOptions.resolve(spec.commandLine().getErr()::println);
    List<LayoutAnswer> tried = new ArrayList<>(answers(asked.choices(), strategy));
    if (tried.stream().noneMatch(one -> one.answer().fits())) {
      tried.addAll(answers(asked.roomierChoices(), strategy));
    }
    LayoutAnswer best = LayoutAnswer.best(tried);
    PlanJob planned = best.job();
    PlanAnswer answer = best.answer();
    double planSeconds = (System.nanoTime() - start) * 1e-9;
    Optional<LongestSequence> longest =
        maxSequence ? Optional.of(LongestSequence.of(asked, strategy)) : Optional.empty();
    List<PlanAnswer> others = compare ? others(planned.planner(), strategy) : List.of();
    PlanReport report = new PlanReport(planned, answer, tried, planSeconds, longest, others);
    out.print(PlanText.of(report));
    out.flush();
    if (json != null) {
      OutputFiles.write(json, PlanJsonText.of(report).getBytes(StandardCharsets.UTF_8));
    }
    if (html != null && answer.fits()) {
      OutputFiles.write(html, best.picture().page(report).getBytes(StandardCharsets.UTF_8));
    }
    if (answer.refusal() != null) {
      throw answer.refusal();
    }
    return ExitCode.DONE;
  }

  private static List<LayoutAnswer> answers(List<PlanJob> choices, Strategy strategy) {
    return choices.stream().map(choice -> LayoutAnswer.of(choice, strategy)).toList();
  }

  private static List<PlanAnswer> others(JobPlanner planner, Strategy asked) {
    List<PlanAnswer> others = new ArrayList<>();
    for (Strategy strategy : Strategy.values()) {
      if (strategy != asked) {
        others.add(planner.answer(strategy, operation -> {}));
      }
    }
    return others;
  }

  private void requireFiles() {
    if (json != null) {
      OutputFiles.requireWritable("--json", json);
    }
    if (html != null) {
      OutputFiles.requireWritable("--html", html);
    }
    if (json != null && json.equals(html)) {
      throw new UserInputException(
          "--json and --html are both %s; valid are two files".formatted(json));
    }
  }

  private Strategy strategy() {
    for (Strategy strategy : Strategy.values()) {
      if (strategy.toString().equals(strategyName)) {
        return strategy;
      }
    }
    throw new UserInputException(
        "--strategy is '%s'; valid is best, memo, recompute, swap or none".formatted(strategyName));
  }
}
