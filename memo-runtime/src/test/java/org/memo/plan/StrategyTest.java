package org.memo.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.device.simulated.TimedOperation;
import org.memo.model.ModelConfig;
import org.memo.model.PaperModels;
import org.memo.model.ParameterLayout;
import org.memo.planner.cost.ElementType;
import org.memo.planner.cost.Hardware;
import org.memo.planner.swap.SwapFraction.Bound;
import org.memo.profile.StepJob;
import org.memo.step.ParallelLayout;
import org.memo.step.ShardLevel;

/** The paper's models on the paper's node, eight A800 with 2 TiB, and what it says of them. */
class StrategyTest {
  private static final long K = 1024;

  @Test
  void theHeadlineOfThePaperIsReached() {
    PlanAnswer memo = answer("gpt-7b", 1024 * K, 8, Strategy.MEMO);
    assertTrue(memo.fits());
    assertEquals(Bound.HOST_MEMORY, memo.plan().orElseThrow().bound());
    assertEquals(0.466, memo.plan().orElseThrow().alpha(), 0.005);
    double mfu = memo.prediction().orElseThrow().mfuCausal();
    assertTrue(mfu > 0.49 && mfu < 0.55, () -> "MFU " + mfu);
  }

  @ParameterizedTest
  @ValueSource(longs = {64, 256, 1024})
  void fullRecomputationIsSlowerThanThePaper(long kiloTokens) {
    double recompute = seconds("gpt-7b", kiloTokens * K, Strategy.RECOMPUTE);
    assertTrue(recompute > 1.15 * seconds("gpt-7b", kiloTokens * K, Strategy.MEMO));
  }

  @Test
  void shortSequencesAreLimitedByTheCopiesAndLongerOnesSwapEverything() {
    StepPlan shorter = answer("gpt-7b", 64 * K, 8, Strategy.MEMO).plan().orElseThrow();
    assertEquals(Bound.BANDWIDTH, shorter.bound());
    assertEquals(0.37, shorter.alpha(), 0.03); // the paper's closed form gives 0.39
    StepPlan longer = answer("gpt-7b", 208 * K, 8, Strategy.MEMO).plan().orElseThrow();
    assertEquals(Bound.NONE, longer.bound());
    assertEquals(1, longer.alpha());
  }

  @Test
  void fullSwappingIsHiddenFromAbout192KOn() {
    assertTrue(stall("gpt-7b", 64 * K) > 0.2);
    assertTrue(stall("gpt-7b", 128 * K) > 0.05);
    assertTrue(stall("gpt-7b", 192 * K) < 0.01);
    assertTrue(stall("gpt-7b", 256 * K) < 0.001);
  }

  @ParameterizedTest
  @CsvSource({"gpt-7b, 8", "gpt-65b, 64"})
  void thePapersLongestSequencesFit(String model, int gpus) {
    assertTrue(answer(model, 1408 * K, gpus, Strategy.MEMO).fits());
  }

  @ParameterizedTest
  @ValueSource(longs = {64, 192, 512, 1024, 1408})
  void theBestIsNeverSlowerThanThePaper(long kiloTokens) {
    double best = seconds("gpt-7b", kiloTokens * K, Strategy.BEST);
    assertTrue(best <= seconds("gpt-7b", kiloTokens * K, Strategy.MEMO));
  }

  @Test
  void theBestReachesMoreThanTwiceThePapersLength() {
    JobPlanner planner = planner("gpt-7b", 1024 * K, 8);
    long paper = planner.longestSequence(Strategy.MEMO, 64 * K, 1024 * K).orElseThrow();
    assertTrue(planner("gpt-7b", 2 * paper, 8).answer(Strategy.BEST, operation -> {}).fits());
  }

  @Test
  void whatDoesNotFitSaysWhatItNeeds() {
    PlanAnswer none = answer("gpt-7b", 1024 * K, 8, Strategy.NONE);
    assertFalse(none.fits());
    assertTrue(none.refusal().neededBytes() > none.refusal().availableBytes());
    assertTrue(none.plan().isEmpty() && none.prediction().isEmpty());
  }

  @Test
  void theTimelineIsThatOfOneSteadyStep() {
    List<TimedOperation> timeline = new ArrayList<>();
    PlanAnswer answer = planner("gpt-7b", 64 * K, 8).answer(Strategy.MEMO, timeline::add);
    double seconds = answer.prediction().orElseThrow().seconds();
    double end = timeline.stream().mapToDouble(TimedOperation::endSeconds).max().orElseThrow();
    assertTrue(timeline.stream().allMatch(operation -> operation.startSeconds() >= 0));
    assertEquals(seconds, end, 1e-9 * seconds);
    assertTrue(timeline.stream().map(TimedOperation::stream).distinct().count() >= 5);
  }

  private static double stall(String model, long tokens) {
    StepPrediction swap = answer(model, tokens, 8, Strategy.SWAP).prediction().orElseThrow();
    return swap.stallSeconds() / swap.seconds();
  }

  private static double seconds(String model, long tokens, Strategy strategy) {
    return answer(model, tokens, 8, strategy).prediction().orElseThrow().seconds();
  }

  private static PlanAnswer answer(String model, long tokens, int gpus, Strategy strategy) {
    return planner(model, tokens, gpus).answer(strategy, operation -> {});
  }

  private static JobPlanner planner(String model, long tokens, int gpus) {
    ModelConfig config = PaperModels.named(model).orElseThrow();
    Hardware hardware = Hardware.named("a800-80gb");
    Cluster cluster = Cluster.of(hardware, gpus);
    StepJob job =
        new StepJob(
            config,
            ParameterLayout.of(config),
            1,
            tokens,
            ElementType.BF16,
            new ParallelLayout(gpus, 1, ShardLevel.PARAMETERS));
    return new JobPlanner(job, TileChoices.GPU, cluster.costs(), cluster.costs(), cluster.limits());
  }
}
