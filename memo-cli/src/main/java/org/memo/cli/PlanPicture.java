package org.memo.cli;

import static org.memo.train.Sizes.formatBytes;

import java.util.List;
import java.util.Locale;
import org.memo.device.simulated.TimedOperation;
import org.memo.plan.Cluster;
import org.memo.plan.MemoryLimits;
import org.memo.plan.StepPlan;
import org.memo.plan.StepPrediction;
import org.memo.planner.MemoryPlan;
import org.memo.planner.report.Budget;
import org.memo.planner.report.LayerPass;
import org.memo.planner.report.PlanPage;
import org.memo.planner.report.PlanView;
import org.memo.planner.report.PlanView.Total;
import org.memo.planner.report.RankGrid;
import org.memo.planner.report.TimelineRecorder;
import org.memo.planner.report.WorkKind;
import org.memo.profile.StepJob;
import org.memo.step.ParallelLayout;
import org.memo.step.StepProgram;

/** Gathers what the picture of a plan shows while the step is simulated. */
final class PlanPicture {
  /** Others wait for it all the time; only where this one waits, time is lost. */
  private static final String COMPUTE = StepProgram.COMPUTE;

  private static final List<String> STREAMS =
      List.of(
          COMPUTE,
          StepProgram.OFFLOAD,
          StepProgram.PREFETCH,
          StepProgram.EXCHANGE,
          StepProgram.RING,
          StepProgram.GATHER,
          StepProgram.REDUCE);

  private final TimelineRecorder recorder = new TimelineRecorder(STREAMS);

  void add(TimedOperation operation) {
    double start = operation.startSeconds();
    double stalled = operation.stalledSeconds();
    if (stalled > 0 && operation.stream().equals(COMPUTE)) {
      recorder.add(
          COMPUTE,
          WorkKind.STALL,
          "before " + operation.name(),
          Math.max(0, start - stalled),
          start);
    }
    recorder.add(
        operation.stream(),
        kind(operation.name()),
        operation.name(),
        start,
        operation.endSeconds());
    if (operation.copiedToHostBytes() != 0) {
      recorder.changeHost(operation.endSeconds(), operation.copiedToHostBytes());
    }
  }

  String page(PlanReport report) {
    StepPlan plan = report.answer().plan().orElseThrow();
    StepPrediction prediction = report.answer().prediction().orElseThrow();
    MemoryLimits limits = report.job().planner().limits();
    return PlanPage.of(
        new PlanView(
            title(report),
            subtitle(report),
            headlines(plan, prediction),
            totals(report, plan, prediction),
            ranks(report.job()),
            plan.memory(),
            LayerPass.of(plan.profile().trace()),
            new Budget("Device memory", plan.memory().slabBytes(), limits.deviceBytes()),
            new Budget("Host memory", plan.profile().hostPoolBytes(), limits.hostBytes()),
            recorder.timeline(prediction.seconds())));
  }

  /** What an operation does, by its name. */
  static WorkKind kind(String operation) {
    return switch (operation) {
      case "Gemm" -> WorkKind.MATRIX;
      case "FlashAttentionForward",
          "FlashAttentionBackward",
          "RingAttentionForward",
          "RingAttentionBackward" ->
          WorkKind.ATTENTION;
      case "CopyToHost" -> WorkKind.COPY_OUT;
      case "CopyToDevice" -> WorkKind.COPY_IN;
      case "AllGather",
          "AllReduce",
          "AllReduceDoubles",
          "Barrier",
          "Broadcast",
          "HeadsToTokens",
          "ReduceScatter",
          "Shift",
          "TokensToHeads" ->
          WorkKind.COLLECTIVE;
      default -> WorkKind.MEMORY_BOUND;
    };
  }

  private static String title(PlanReport report) {
    return format(
        "%s, %,d tokens", report.job().model(), report.job().planner().job().sequenceLength());
  }

  private static String subtitle(PlanReport report) {
    Cluster cluster = report.job().cluster();
    StepJob job = report.job().planner().job();
    return format(
        "Strategy %s on %,d x %s, %,d %s, %s; one rank of %,d that share a sequence",
        report.answer().strategy(),
        cluster.gpus(),
        cluster.hardware().name(),
        cluster.nodes(),
        cluster.nodes() == 1 ? "node" : "nodes",
        CliNames.of(job.type()),
        job.ranks().sequenceParallel());
  }

  private static RankGrid ranks(PlanJob job) {
    ParallelLayout ranks = job.job().ranks();
    return new RankGrid(
        ranks.dataParallel(),
        ranks.ring(),
        ranks.ulysses(),
        job.cluster().gpusPerNode(),
        PlanText.layout(ranks, job.cluster()));
  }

  private static List<Total> headlines(StepPlan plan, StepPrediction prediction) {
    return List.of(
        new Total("Step", format("%.4g s", prediction.seconds()), "predicted"),
        new Total("MFU", format("%.1f %%", 100 * prediction.mfuCausal()), "causal"),
        new Total(
            "Tokens per second", format("%,.1f", prediction.tokensPerSecondPerGpu()), "per GPU"),
        new Total("Slab", formatBytes(plan.memory().slabBytes()), "device memory"),
        new Total("Host", formatBytes(plan.profile().hostPoolBytes()), "pinned, per rank"),
        plan.profile().swappedBytes() == 0
            ? new Total("Swapped", "nothing", "all stays or is recomputed")
            : new Total("Alpha", format("%.3f", plan.alpha()), PlanText.limitedBy(plan)));
  }

  private static List<Total> totals(PlanReport report, StepPlan plan, StepPrediction prediction) {
    MemoryPlan memory = plan.memory();
    int layers = report.job().planner().job().config().numLayers();
    return List.of(
        bytes("Slab", memory.slabBytes(), "reserved once, on each GPU"),
        bytes("Lower bound", memory.lowerBoundBytes(), "no plan needs less"),
        new Total(
            "Lost to packing", format("%.3f %%", 100 * memory.fragmentation()), "of the slab"),
        new Total(
            "Level 1",
            memory.level1Optimal() ? "optimal" : "not proved",
            "each kind of layer pass by itself"),
        bytes("Host memory", plan.profile().hostPoolBytes(), "pinned, of each rank"),
        bytes("Swapped", plan.profile().swappedBytes(), "to host memory in a micro-batch"),
        new Total(
            "Recomputed",
            format("%,d tokens", plan.profile().recomputedTokens()),
            "over all layers"),
        new Total("Alpha", format("%.3f", plan.alpha()), PlanText.limitedBy(plan)),
        new Total("Layers", PlanText.forms(plan, layers), ""),
        new Total(
            "Tiles",
            format("%,d tokens", plan.settings().tileTokens()),
            format("%d rounding buffers for them", plan.settings().tileSlots())),
        new Total(
            "Head groups",
            format("%d", plan.settings().headGroups()),
            "in which a rank's heads attend, one after another"),
        new Total("Step", format("%.4g s", prediction.seconds()), "predicted, one micro-batch"),
        new Total(
            "Stalls",
            format("%.3g s", prediction.stallSeconds()),
            "computation waiting for copies and collectives"),
        new Total(
            "Communication",
            format("%.3g s", prediction.communicationSeconds()),
            format(
                "with other ranks, %.3g s of it beside computation",
                prediction.hiddenCommunicationSeconds())),
        new Total(
            "MFU",
            format("%.2f %%", 100 * prediction.mfuCausal()),
            format("causal; %.2f %% with the full square", 100 * prediction.mfuFull())),
        new Total(
            "Tokens per second", format("%,.1f", prediction.tokensPerSecondPerGpu()), "per GPU"),
        new Total("Planned in", format("%.2f s", report.planSeconds()), "with the prediction"));
  }

  private static Total bytes(String label, long bytes, String hint) {
    return new Total(label, formatBytes(bytes), format("%,d bytes, %s", bytes, hint));
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
