package org.memo.plan;

import java.util.function.Consumer;
import org.memo.device.simulated.OperationCosts;
import org.memo.device.simulated.ScheduleCheck;
import org.memo.device.simulated.SimulatedDevice;
import org.memo.device.simulated.SimulatedDevice.Recorded;
import org.memo.device.simulated.TimedOperation;
import org.memo.memory.PlannedAllocator;
import org.memo.memory.SlabAllocator;
import org.memo.model.ModelFlops;
import org.memo.planner.cost.CostModel;
import org.memo.profile.JobProfiler;
import org.memo.profile.StepJob;
import org.memo.step.StepProgram;

/**
 * What a step will take: the step program at the plan's addresses on the simulated device, with a
 * clock. Ranks are alike, so one stands for all.
 *
 * @param seconds of a steady step of one micro-batch
 * @param stallSeconds in which the computation waits for copies, for units of shared states, and
 *     for heads, keys and gradients that are exchanged beside it; heads that go in one group are
 *     exchanged in the computation itself
 * @param mfuCausal the model's FLOPs, with attention's causal half, over the device's peak
 * @param mfuFull the same with the whole square of attention
 * @param tokensPerSecondPerGpu of one rank
 * @param communicationSeconds in which the rank exchanges data with others
 * @param hiddenCommunicationSeconds of these, those in which it computes
 */
public record StepPrediction(
    double seconds,
    double stallSeconds,
    double mfuCausal,
    double mfuFull,
    double tokensPerSecondPerGpu,
    double communicationSeconds,
    double hiddenCommunicationSeconds) {

  /**
   * Predicts a step and checks its schedule.
   *
   * @param timeline told of every operation of a steady step, its start counted from the step's
   * @throws IllegalStateException when two accesses conflict that nothing orders
   */
  public static StepPrediction of(
      StepJob job, StepPlan plan, CostModel costs, Consumer<TimedOperation> timeline) {
    ScheduleCheck check = new ScheduleCheck();
    SlabAllocator allocator = new NamingAllocator(new PlannedAllocator(plan.memory()), check);
    CommunicationTime communication = new CommunicationTime();
    SteadyStep step =
        SteadyStep.run(
            job,
            plan,
            allocator,
            costs,
            check.andThen(communication::submitted),
            timeline.andThen(communication::timed));
    check.requireNoRace();
    ModelFlops flops = ModelFlops.of(job.config(), job.layout());
    double tokens = job.sharedTokens();
    double square = tokens * job.sequenceLength();
    double limit =
        costs.hardware().peakFlops(job.type()) * job.ranks().sequenceParallel() * step.seconds();
    return new StepPrediction(
        step.seconds(),
        step.stallSeconds(),
        flops.of(tokens, job.scoredPairs()) / limit,
        flops.of(tokens, square) / limit,
        tokens / job.ranks().sequenceParallel() / step.seconds(),
        communication.seconds(),
        communication.hiddenSeconds());
  }

  /** A steady step's seconds alone. */
  static double seconds(StepJob job, StepPlan plan, CostModel costs) {
    SlabAllocator allocator = new PlannedAllocator(plan.memory());
    return SteadyStep.run(job, plan, allocator, costs, entry -> {}, operation -> {}).seconds();
  }

  private record SteadyStep(double seconds, double stallSeconds) {
    static SteadyStep run(
        StepJob job,
        StepPlan plan,
        SlabAllocator allocator,
        CostModel costs,
        Consumer<Recorded> observer,
        Consumer<TimedOperation> timeline) {
      double[] start = {Double.POSITIVE_INFINITY};
      Consumer<TimedOperation> steady =
          operation -> {
            if (operation.startSeconds() >= start[0]) {
              timeline.accept(operation.from(start[0]));
            }
          };
      try (SimulatedDevice device =
          new SimulatedDevice(observer, new OperationCosts(costs), steady)) {
        StepProgram program = JobProfiler.run(job, plan.settings(), device, allocator);
        start[0] = device.elapsedSeconds();
        long stalled = program.stalledNanos();
        JobProfiler.step(job, program);
        return new SteadyStep(
            device.elapsedSeconds() - start[0], (program.stalledNanos() - stalled) * 1e-9);
      }
    }
  }
}
