package org.memo.cli;

import static org.memo.train.Sizes.formatBytes;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import org.memo.plan.Cluster;
import org.memo.plan.MemoryLimits;
import org.memo.plan.PlanAnswer;
import org.memo.plan.StepPlan;
import org.memo.plan.StepPrediction;
import org.memo.planner.MemoryPlan;
import org.memo.planner.allocation.caching.CachingAllocator;
import org.memo.planner.allocation.caching.Settings;
import org.memo.planner.allocation.caching.Usage;
import org.memo.planner.swap.LayerForm;
import org.memo.planner.swap.RoundingSlots;
import org.memo.profile.StepJob;
import org.memo.step.ActivationLayout;
import org.memo.step.ParallelLayout;
import org.memo.step.ShardLevel;

/** What {@code memo plan} prints. */
final class PlanText {
  /** So many steps let an allocator's cache settle. */
  private static final int REPLAYED_STEPS = 3;

  private final StringBuilder text = new StringBuilder();
  private final PlanReport report;

  private PlanText(PlanReport report) {
    this.report = report;
  }

  static String of(PlanReport report) {
    PlanText text = new PlanText(report);
    text.describeJob();
    text.describeAnswer();
    text.describeLongest();
    if (!report.others().isEmpty()) {
      text.compare();
    }
    return text.text.toString();
  }

  private void describeJob() {
    StepJob job = report.job().planner().job();
    Cluster cluster = report.job().cluster();
    line(
        "%s, %.2f B parameters, %d layers",
        report.job().model(), job.layout().parameterCount() * 1e-9, job.config().numLayers());
    line(
        "%,d tokens%s on %d x %s, %d %s, %s; %d %s a sequence, %s",
        job.sequenceLength(),
        job.batchSize() == 1 ? "" : " x " + job.batchSize(),
        cluster.gpus(),
        cluster.hardware().name(),
        cluster.nodes(),
        cluster.nodes() == 1 ? "node" : "nodes",
        CliNames.of(job.type()),
        job.ranks().sequenceParallel(),
        job.ranks().sequenceParallel() == 1 ? "rank has" : "ranks share",
        states(job.ranks().shard()));
    describeLayout(job.ranks(), cluster);
    describePadding(job);
    line("");
  }

  private static String states(ShardLevel level) {
    return switch (level) {
      case NONE -> "states on every rank";
      case OPTIMIZER -> "all ranks share the optimizer's states";
      case GRADIENTS -> "all ranks share the optimizer's states and gradients";
      case PARAMETERS -> "states shared by all ranks";
    };
  }

  private void describeLayout(ParallelLayout ranks, Cluster cluster) {
    if (ranks.ranks() > 1) {
      line("%s", layout(ranks, cluster));
    }
    if (report.tried().size() > 1) {
      StringJoiner others = new StringJoiner("; ");
      report.tried().forEach(tried -> others.add(triedLayout(tried)));
      line("chosen from %s", others);
    }
  }

  /** How the ranks are arranged, from the outside to the inside. */
  static String layout(ParallelLayout ranks, Cluster cluster) {
    StringJoiner factors = new StringJoiner(" x ");
    addFactor(factors, ranks.dataParallel(), "groups with sequences of their own");
    addFactor(factors, ranks.ring(), "places of a ring");
    addFactor(factors, ranks.ulysses(), "ranks that share the heads");
    return format("%,d ranks = %s", ranks.ranks(), factors)
        + (cluster.nodes() == 1
            ? ""
            : format(
                " on %,d nodes of %d; %s",
                cluster.nodes(), cluster.gpusPerNode(), crossing(ranks, cluster)));
  }

  private static void addFactor(StringJoiner factors, int count, String what) {
    if (count > 1) {
      factors.add(format("%,d %s", count, what));
    }
  }

  /** What goes over the network. */
  private static String crossing(ParallelLayout ranks, Cluster cluster) {
    boolean headsStay = cluster.gpusPerNode() % ranks.ulysses() == 0;
    boolean ringStays = cluster.gpusPerNode() % ranks.sequenceParallel() == 0;
    String states = "states" + (ranks.shard() == ShardLevel.NONE ? "' gradients" : "");
    return ringStays
        ? "only %s cross nodes".formatted(states)
        : ranks.ring() == 1
            ? "heads and %s cross nodes".formatted(states)
            : headsStay
                ? "heads stay within nodes, keys, values and %s cross them".formatted(states)
                : "heads, keys, values and %s cross nodes".formatted(states);
  }

  private static String triedLayout(LayoutAnswer tried) {
    ParallelLayout ranks = tried.job().job().ranks();
    return format("ring %d: ", ranks.ring())
        + tried
            .answer()
            .prediction()
            .map(prediction -> format("%.4g s", prediction.seconds()))
            .orElse("does not fit");
  }

  private void describePadding(StepJob job) {
    long heads = job.config().numHeads();
    long attending = report.job().attendingHeads();
    if (attending > heads) {
      line(
          "%d query heads are padded to %d for %d ranks: %.0f %% more attention",
          heads, attending, job.ranks().ulysses(), 100.0 * (attending - heads) / heads);
    }
  }

  private void describeAnswer() {
    PlanAnswer answer = report.answer();
    if (answer.plan().isEmpty() || answer.prediction().isEmpty()) {
      row("strategy " + answer.strategy(), "does not fit");
      return;
    }
    StepPlan plan = answer.plan().get();
    MemoryLimits limits = report.job().planner().limits();
    MemoryPlan memory = plan.memory();
    row("strategy " + answer.strategy(), "fits");
    row("alpha", format("%.3f, %s", plan.alpha(), limitedBy(plan)));
    row("layers", forms(plan, report.job().planner().job().config().numLayers()));
    row(
        "tiles",
        format("%,d tokens, %d slots", plan.settings().tileTokens(), plan.settings().tileSlots()));
    if (plan.settings().headGroups() > 1) {
      row(
          "head groups",
          format("%d, exchanged beside attention to others", plan.settings().headGroups()));
    }
    row(
        "slab per GPU",
        format(
            "%s of %s; lower bound %s, %.2f %% lost to packing",
            formatBytes(memory.slabBytes()),
            formatBytes(limits.deviceBytes()),
            formatBytes(memory.lowerBoundBytes()),
            100 * memory.fragmentation()));
    row(
        "host per rank",
        format(
            "%s of %s",
            formatBytes(plan.profile().hostPoolBytes()), formatBytes(limits.hostBytes())));
    describe(answer.prediction().get());
    row(
        "planned in",
        format(
            "%.2f s; level 1 %s",
            report.planSeconds(),
            memory.level1Optimal() ? "optimal, proved" : "not proved optimal"));
  }

  private void describe(StepPrediction prediction) {
    row(
        "step",
        format("%.4g s, of which %.3g s stalls", prediction.seconds(), prediction.stallSeconds()));
    if (report.job().job().ranks().ranks() > 1) {
      row("communication", communication(prediction));
    }
    row(
        "MFU",
        format(
            "%.1f %% causal, %.1f %% full square",
            100 * prediction.mfuCausal(), 100 * prediction.mfuFull()));
    row("tokens/s/GPU", format("%.1f", prediction.tokensPerSecondPerGpu()));
  }

  static String communication(StepPrediction prediction) {
    double seconds = prediction.communicationSeconds();
    double hidden = prediction.hiddenCommunicationSeconds();
    return format("%.3g s, %.1f %% of it beside computation", seconds, 100 * hidden / seconds);
  }

  private void describeLongest() {
    report.longestSequence().ifPresent(this::describe);
  }

  private void describe(LongestSequence longest) {
    row(
        "longest sequence",
        longest.tokens().isPresent()
            ? format(
                "%,d tokens, shared by %d %s",
                longest.tokens().getAsLong(),
                longest.layout().sequenceParallel(),
                shared(longest.layout()))
            : "none fits");
  }

  private static String shared(ParallelLayout ranks) {
    return (ranks.sequenceParallel() == 1 ? "rank" : "ranks")
        + (ranks.ring() == 1 ? "" : format(" in a ring of %,d", ranks.ring()));
  }

  private void compare() {
    line("");
    line(
        "%-10s %12s %8s %6s %12s %12s %24s",
        "strategy", "step s", "MFU", "alpha", "slab", "host", "caching allocator");
    List<PlanAnswer> all = new ArrayList<>(List.of(report.answer()));
    all.addAll(report.others());
    for (PlanAnswer answer : all) {
      compare(answer);
    }
    line("");
    line("MFU is causal; the last column is what an allocator of PyTorch's kind reserves for the");
    line("same requests, and the share of it that was never in use at once.");
  }

  private void compare(PlanAnswer answer) {
    if (answer.plan().isEmpty() || answer.prediction().isEmpty()) {
      line("%-10s %s", answer.strategy(), "does not fit");
      return;
    }
    StepPlan plan = answer.plan().get();
    Usage usage =
        CachingAllocator.replay(
            plan.profile().trace(), REPLAYED_STEPS, new Settings(Long.MAX_VALUE, false));
    line(
        "%-10s %12.4g %6.1f %% %6.3f %12s %12s %24s",
        answer.strategy(),
        answer.prediction().get().seconds(),
        100 * answer.prediction().get().mfuCausal(),
        plan.alpha(),
        formatBytes(plan.memory().slabBytes()),
        formatBytes(plan.profile().hostPoolBytes()),
        format("%s, %.1f %%", formatBytes(usage.peakReservedBytes()), 100 * usage.fragmentation()));
  }

  /** What keeps alpha from being larger. */
  static String limitedBy(StepPlan plan) {
    return switch (plan.bound()) {
      case BANDWIDTH -> "limited by the copies' bandwidth";
      case HOST_MEMORY -> "limited by host memory";
      case SLAB -> "limited by device memory";
      case NONE -> "not limited";
    };
  }

  /** How many layers there are of each form. */
  static String forms(StepPlan plan, int layers) {
    StringJoiner forms = new StringJoiner(", ");
    for (LayerForm form : LayerForm.values()) {
      int count = layersOf(plan, form, layers);
      if (count > 0) {
        forms.add(count + " " + CliNames.of(form).replace('_', ' '));
      }
    }
    int inBuffers = inBuffers(plan, layers);
    return inBuffers == 0
        ? forms.toString()
        : forms + " (the last %d stay in the buffers)".formatted(inBuffers);
  }

  /** Layers of which nothing is copied or computed again. */
  static int residentLayers(StepPlan plan, int layers) {
    return plan.settings().residentLayers() + inBuffers(plan, layers);
  }

  private static int inBuffers(StepPlan plan, int layers) {
    return plan.settings().layout() == ActivationLayout.WHOLE_LAYER
        ? Math.min(RoundingSlots.COUNT, layersOf(plan, LayerForm.SWAPPED, layers))
        : 0;
  }

  /** How many layers of a plan have a form. */
  static int layersOf(StepPlan plan, LayerForm form, int layers) {
    int count = 0;
    for (int i = 0; i < layers; i++) {
      count += plan.settings().form(i, layers) == form ? 1 : 0;
    }
    return count;
  }

  private void row(String what, String value) {
    line("%-18s %s", what, value);
  }

  private void line(String pattern, Object... values) {
    text.append(format(pattern, values)).append(System.lineSeparator());
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
