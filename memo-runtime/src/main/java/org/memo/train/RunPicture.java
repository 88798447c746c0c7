package org.memo.train;

import static org.memo.train.Sizes.formatBytes;

import java.util.List;
import java.util.Locale;
import org.memo.plan.StepPlan;
import org.memo.planner.MemoryPlan;
import org.memo.planner.report.Budget;
import org.memo.planner.report.LayerPass;
import org.memo.planner.report.PlanPage;
import org.memo.planner.report.PlanView;
import org.memo.planner.report.PlanView.Total;
import org.memo.planner.report.Timeline;

/** The plan of a run as a page. How long steps take is left to the run's metrics. */
final class RunPicture {
  private RunPicture() {}

  static String page(TrainOptions options, StepPlan plan) {
    DeviceOptions device = options.device();
    return PlanPage.of(
        new PlanView(
            format("%s, %,d tokens", options.model().model(), options.batch().sequenceLength()),
            "The memory plan of a training run, batch size " + options.batch().batchSize(),
            headlines(plan),
            totals(plan),
            plan.memory(),
            LayerPass.of(plan.profile().trace()),
            new Budget(
                "Device memory", plan.memory().slabBytes(), device.deviceMemoryBytes().getAsLong()),
            new Budget(
                "Host memory",
                plan.profile().hostPoolBytes(),
                device.hostMemoryBytes().getAsLong()),
            Timeline.NONE));
  }

  private static List<Total> headlines(StepPlan plan) {
    return List.of(
        new Total("Slab", formatBytes(plan.memory().slabBytes()), "device memory"),
        new Total("Host", formatBytes(plan.profile().hostPoolBytes()), "pinned"),
        new Total("Alpha", format("%.3f", plan.alpha()), "of the tokens are swapped"),
        new Total(
            "Tiles", format("%,d", plan.settings().tileTokens()), "tokens, the largest of them"));
  }

  private static List<Total> totals(StepPlan plan) {
    MemoryPlan memory = plan.memory();
    return List.of(
        bytes("Slab", memory.slabBytes(), "reserved once"),
        bytes("Lower bound", memory.lowerBoundBytes(), "no plan needs less"),
        new Total(
            "Lost to packing", format("%.3f %%", 100 * memory.fragmentation()), "of the slab"),
        bytes("Host memory", plan.profile().hostPoolBytes(), "pinned"),
        bytes("Swapped", plan.profile().swappedBytes(), "to host memory in a micro-batch"),
        new Total(
            "Recomputed",
            format("%,d tokens", plan.profile().recomputedTokens()),
            "over all layers"),
        new Total("Alpha", format("%.3f", plan.alpha()), "of the tokens are swapped"),
        new Total(
            "Resident layers",
            Integer.toString(plan.settings().residentLayers()),
            "kept in the slab whole"),
        new Total(
            "Tiles",
            format("%,d tokens", plan.settings().tileTokens()),
            format("%d rounding buffers for them", plan.settings().tileSlots())));
  }

  private static Total bytes(String label, long bytes, String hint) {
    return new Total(label, formatBytes(bytes), format("%,d bytes, %s", bytes, hint));
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
