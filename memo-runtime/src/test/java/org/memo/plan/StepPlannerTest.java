package org.memo.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.memo.DoesNotFitException;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;
import org.memo.model.Presets;

class StepPlannerTest {
  private static final MemoryLimits ANY = new MemoryLimits(1L << 40, 1L << 40);

  @Test
  void aStepThatFitsStaysInTheSlab() {
    StepPlan plan = planner("llama-25m", 2048).plan(SwapChoice.auto(), ANY);
    assertEquals(8, plan.settings().residentLayers());
    assertEquals(0, plan.profile().swappedBytes());
  }

  @Test
  void asManyLayersStayAsTheLimitsAllow() {
    StepPlanner planner = planner("llama-25m", 8192);
    for (int layers = 1; layers < 8; layers++) {
      StepPlan exact = planner.decided(0, 1024, layers);
      SwapChoice choice =
          new SwapChoice(OptionalDouble.of(0), OptionalLong.of(1024), OptionalInt.empty());
      StepPlan plan = planner.plan(choice, limitsOf(exact));
      assertEquals(layers, plan.settings().residentLayers());
      assertEquals(exact.memory(), plan.memory());
    }
  }

  @Test
  void aPoolTooSmallForFewResidentLayersIsNoReasonToRefuseMore() {
    StepPlanner planner = planner("llama-25m", 8192);
    StepPlan most = planner.decided(0, 1024, 7);
    StepPlan plan = planner.plan(SwapChoice.auto(), limitsOf(most));
    assertEquals(7, plan.settings().residentLayers());
  }

  @Test
  void aSlabTooSmallTakesSmallerTilesAndThenNothingButWhatIsAlwaysSwapped() {
    StepPlanner planner = planner("llama-25m", 8192);
    StepPlan least = planner.decided(0, 64, 0);
    StepPlan plan = planner.plan(SwapChoice.auto(), limitsOf(least));
    assertTrue(plan.settings().tileTokens() < 1024, plan.settings()::toString);
    assertEquals(0, plan.settings().swappedTokens());
    MemoryLimits tooSmall = new MemoryLimits(least.memory().slabBytes() - 1, 1L << 40);
    assertThrows(DoesNotFitException.class, () -> planner.plan(SwapChoice.auto(), tooSmall));
  }

  @Test
  void alphaIsWhatTheHostMemoryHolds() {
    StepPlanner planner = planner("llama-25m", 8192);
    StepPlan half = planner.decided(0.5, 1024, 0);
    SwapChoice choice =
        new SwapChoice(OptionalDouble.empty(), OptionalLong.of(1024), OptionalInt.of(0));
    MemoryLimits limits = new MemoryLimits(1L << 40, half.profile().hostPoolBytes());
    StepPlan plan = planner.plan(choice, limits);
    assertEquals(0.5, plan.alpha(), 0.01);
    assertTrue(plan.profile().hostPoolBytes() <= limits.hostBytes());
  }

  /** What is as long as the sequence: layer inputs and gradient, q/k/v, outputs, statistics. */
  @Test
  void fourTimesTheLengthAddsLittleMoreThanWhatAttentionKeepsWhole() {
    ModelConfig config = Presets.named("llama-25m").orElseThrow();
    long tokens = 8192;
    for (double alpha : new double[] {0, 1}) {
      long qkvBuffers = alpha == 0 ? 2 : 3; // ring and gradient
      long wholePerToken =
          3 * config.hiddenSize()
              + qkvBuffers * config.qkvSize()
              + 3 * config.attentionSize()
              + 3 * config.numHeads();
      long grown =
          planner("llama-25m", 4 * tokens).decided(alpha, 512, 0).memory().slabBytes()
              - planner("llama-25m", tokens).decided(alpha, 512, 0).memory().slabBytes();
      long whole = 3 * tokens * wholePerToken * Float.BYTES;
      assertTrue(grown < 1.03 * whole, () -> grown + " bytes more, of them whole " + whole);
    }
  }

  @Test
  void aPlansLengthDoesNotDependOnTheSequences() {
    int shorter = tensors(planner("tiny", 4096).decided(0.5, 64, 2));
    assertEquals(shorter, tensors(planner("tiny", 1 << 20).decided(0.5, 64, 2)));
  }

  private static int tensors(StepPlan plan) {
    return plan.memory().sections().stream().mapToInt(section -> section.tensors().size()).sum();
  }

  private static MemoryLimits limitsOf(StepPlan plan) {
    return new MemoryLimits(plan.memory().slabBytes(), plan.profile().hostPoolBytes());
  }

  private static StepPlanner planner(String preset, long sequenceLength) {
    ModelConfig config = Presets.named(preset).orElseThrow();
    return new StepPlanner(
        config, ParameterLayout.of(config), 1, sequenceLength, SwapSpeeds.ofHost(2));
  }
}
