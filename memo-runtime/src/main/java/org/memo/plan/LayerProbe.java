package org.memo.plan;

import java.util.List;
import org.memo.planner.cost.CostModel;
import org.memo.planner.swap.LayerCosts;
import org.memo.planner.swap.LayerForm;
import org.memo.profile.JobProfiler;
import org.memo.profile.PassTimes;
import org.memo.profile.StepJob;
import org.memo.step.SkeletalSizes;
import org.memo.step.StepProgram;
import org.memo.step.StepSettings;

/**
 * What a layer and the rest of a step cost, from a model of one layer of each kind: as the paper
 * profiles a single layer and replicates it.
 *
 * @param otherSeconds the step without its layers
 */
record LayerProbe(LayerCosts costs, SkeletalSizes sizes, double otherSeconds) {
  private static final List<LayerForm> FORMS =
      List.of(LayerForm.RECOMPUTED, LayerForm.CHECKPOINTED, LayerForm.RESIDENT);

  /**
   * @param settings a step's, of which the forms do not matter
   */
  static LayerProbe of(StepJob job, StepSettings settings, CostModel costs) {
    StepJob few = job.withLayers(FORMS.size());
    StepSettings probed = settings.withLastForms(FORMS);
    SkeletalSizes sizes = JobProfiler.profile(few, probed).skeletal();
    PassTimes times = PassTimes.of(few, probed, costs);
    // Where ranks share parameters, a pass lasts as long as its unit's exchange at least.
    double gather = times.meanSecondsOn(StepProgram.GATHER);
    double resident = backward(times, LayerForm.RESIDENT);
    double checkpointed = backward(times, LayerForm.CHECKPOINTED);
    double recomputed = backward(times, LayerForm.RECOMPUTED);
    return new LayerProbe(
        new LayerCosts(
            sizes.inputBytes(),
            sizes.attentionBytes(),
            sizes.othersBytes(),
            Math.max(times.secondsOf(StepProgram.forwardPass(LayerForm.RESIDENT)), gather),
            Math.max(resident, gather + times.meanSecondsOn(StepProgram.REDUCE)),
            Math.max(0, checkpointed - resident),
            Math.max(0, recomputed - checkpointed)),
        sizes,
        times.otherSeconds());
  }

  /** A step of so many layers in which nothing is computed again and nothing waits. */
  double seconds(int layers) {
    return layers * (costs.forwardSeconds() + costs.backwardSeconds()) + otherSeconds;
  }

  private static double backward(PassTimes times, LayerForm form) {
    return times.secondsOf(StepProgram.backwardPass(form));
  }
}
