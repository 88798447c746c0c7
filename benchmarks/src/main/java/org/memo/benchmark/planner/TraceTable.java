package org.memo.benchmark.planner;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.memo.model.ModelConfig;
import org.memo.model.PaperModels;
import org.memo.model.ParameterLayout;
import org.memo.model.Presets;
import org.memo.plan.Cluster;
import org.memo.plan.JobPlanner;
import org.memo.plan.StepPlan;
import org.memo.plan.Strategy;
import org.memo.plan.TileChoices;
import org.memo.planner.MemoryPlan;
import org.memo.planner.allocation.AllocationPlanner;
import org.memo.planner.allocation.Limits;
import org.memo.planner.allocation.Placement;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.bilevel.BilevelPlan;
import org.memo.planner.allocation.bilevel.BilevelPlanner;
import org.memo.planner.allocation.bilevel.LevelOne;
import org.memo.planner.cost.ElementType;
import org.memo.planner.cost.Hardware;
import org.memo.planner.trace.RequestTrace;
import org.memo.profile.StepJob;
import org.memo.step.ParallelLayout;
import org.memo.step.ShardLevel;

/**
 * Plans the memory of whole training steps of our own models, on two levels and flat, and prints a
 * line about each: how long both took, and whether both are proved optimal.
 */
public final class TraceTable {
  private static final Limits LIMITS = Limits.of(Duration.ofSeconds(60));
  private static final String LINE = "%-10s %7s %-10s %8s %6s %8s %9s %9s %9s  %s%n";
  private static final List<Strategy> STRATEGIES =
      List.of(Strategy.MEMO, Strategy.RECOMPUTE, Strategy.BEST);

  private TraceTable() {}

  public static void main(String[] args) {
    System.out.printf(
        LINE,
        "model",
        "tokens",
        "strategy",
        "tensors",
        "passes",
        "GiB",
        "level 1 s",
        "bi-level s",
        "flat s",
        "optimal: level 1, bi-level, flat");
    for (String model : List.of("gpt-7b", "llama-8b", "gpt-65b")) {
      for (int kiloTokens : new int[] {64, 256, 1024}) {
        for (Strategy strategy : STRATEGIES) {
          print(model, kiloTokens, strategy);
        }
      }
    }
  }

  private static void print(String model, int kiloTokens, Strategy strategy) {
    Optional<StepPlan> plan = planner(model, kiloTokens).answer(strategy, operation -> {}).plan();
    if (plan.isEmpty()) {
      return;
    }
    RequestTrace trace = plan.get().profile().trace();
    long start = System.nanoTime();
    BilevelPlan bilevel =
        new BilevelPlanner(LIMITS).plan(trace, MemoryPlan.DEFAULT_ALIGNMENT_BYTES);
    double bilevelSeconds = secondsSince(start);
    Problem problem =
        new Problem(trace.lives(), MemoryPlan.DEFAULT_ALIGNMENT_BYTES).withWholeRooms();
    start = System.nanoTime();
    Placement flat = AllocationPlanner.minimise(problem, LIMITS);
    double flatSeconds = secondsSince(start);
    double slowestKind = bilevel.levelOne().stream().mapToDouble(LevelOne::seconds).max().orElse(0);
    System.out.printf(
        LINE,
        model,
        kiloTokens + "K",
        strategy,
        problem.size(),
        bilevel.blockPasses(),
        format(plan.get().memory().slabBytes() / 0x1p30),
        format(slowestKind),
        format(bilevelSeconds),
        format(flatSeconds),
        bilevel.isLevelOneOptimal() + ", " + bilevel.isOptimal() + ", " + flat.optimal());
  }

  private static JobPlanner planner(String model, int kiloTokens) {
    ModelConfig config = PaperModels.named(model).or(() -> Presets.named(model)).orElseThrow();
    Hardware hardware = Hardware.named("a800-80gb");
    int gpus = model.equals("gpt-65b") ? 64 : hardware.gpusPerNode();
    int ranks = (int) Math.min(gpus, config.numHeads());
    Cluster cluster = Cluster.of(hardware, gpus);
    StepJob job =
        new StepJob(
            config,
            ParameterLayout.of(config),
            1,
            kiloTokens * 1024L,
            ElementType.BF16,
            new ParallelLayout(ranks, gpus / ranks, ShardLevel.PARAMETERS));
    return new JobPlanner(job, TileChoices.GPU, cluster.costs(), cluster.costs(), cluster.limits());
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) * 1e-9;
  }

  private static String format(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}
