package org.memo.train;

import org.memo.machine.LocalDevice;
import org.memo.model.ModelConfig;
import org.memo.plan.MemoryLimits;
import org.memo.plan.StepPlan;
import org.memo.plan.StepPlanner;
import org.memo.plan.SwapChoice;
import org.memo.profile.StepJob;

/**
 * What is decided of a run before it takes memory, alike on all ranks.
 *
 * @param options with what was left open decided
 */
record RunPlan(TrainOptions options, StepPlan step, PlanSummary summary) {

  /**
   * @throws org.memo.DoesNotFitException when the step does not fit into the memory limits
   * @throws org.memo.UserInputException when ranks have planned differently
   */
  static RunPlan of(TrainOptions options, RunInput input) {
    RunRanks ranks = input.ranks();
    LocalDevice device = input.device();
    ModelConfig config = input.model().config();
    RunMemory memory = new RunMemory(device, ranks);
    MemoryLimits limits = agreed(memory.limits(options.device()), ranks.agreement());
    StepPlanner planner =
        new StepPlanner(
            job(options, input), device.tileChoices(), device.planningCosts(mostLocalRanks(ranks)));
    StepPlan step = planner.plan(swapChoice(options.swap(), config.numLayers()), limits);
    memory.requireRoomFor(step);
    ranks.agreement().requireAlike(RankProof.ofPlan(step));
    TrainOptions decided =
        options.with(
            options.device().resolved(device.name(), ranks.layout().ranks(), limits),
            SwapOptions.of(step, config.numLayers()));
    long accumulate = options.batch().accumulate();
    PlanSummary summary =
        new PlanSummary(
            step.memory().slabBytes(),
            limits.deviceBytes(),
            step.profile().hostPoolBytes(),
            planner.plain().memory().slabBytes(),
            step.alpha(),
            step.settings().tileTokens(),
            config.numLayers(),
            step.settings().residentLayers(),
            step.profile().swappedBytes() * accumulate,
            step.profile().recomputedTokens() * accumulate);
    return new RunPlan(decided, step, summary);
  }

  private static StepJob job(TrainOptions options, RunInput input) {
    return new StepJob(
        input.model().config(),
        input.model().layout(),
        options.batch().batchSize(),
        options.batch().sequenceLength(),
        options.device().precision(),
        input.ranks().layout(),
        input.data().documents());
  }

  private static SwapChoice swapChoice(SwapOptions swap, int layers) {
    return new SwapChoice(
        swap.alpha(), swap.tileTokens(), swap.tileSlots(), swap.residency().formsOf(layers));
  }

  private static MemoryLimits agreed(MemoryLimits mine, RankAgreement agreement) {
    return new MemoryLimits(
        agreement.smallest("device memory", mine.deviceBytes()),
        agreement.smallest("host memory", mine.hostBytes()));
  }

  /** All ranks plan alike, wherever they are. */
  private static int mostLocalRanks(RunRanks ranks) {
    long mine = ranks.collectives().localRanks();
    return Math.toIntExact(ranks.agreement().largest("ranks of a machine", mine));
  }
}
