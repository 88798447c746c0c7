package org.memo.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.memo.DoesNotFitException;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;
import org.memo.model.Presets;
import org.memo.planner.swap.LayerForm;
import org.memo.profile.StepJob;

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
          new SwapChoice(
              OptionalDouble.of(0), OptionalLong.of(1024), OptionalInt.empty(), Optional.empty());
      StepPlan plan = planner.plan(choice, limitsOf(exact));
      assertEquals(layers, plan.settings().residentLayers());
      assertEquals(exact.memory(), plan.memory());
    }
  }

  @Test
  void whatIsLeftOpenIsNoSlowerThanAnyPlanOfResidentLayersThatFits() {
    StepPlanner planner = planner("llama-25m", 8192);
    for (int layers = 0; layers <= 8; layers++) {
      StepPlan decided = planner.decided(0, 1024, layers);
      StepPlan open = planner.plan(SwapChoice.auto(), limitsOf(decided));
      assertTrue(open.fits(limitsOf(decided)));
      assertTrue(seconds(open) <= 1.005 * seconds(decided), open.settings()::toString);
    }
  }

  @Test
  void aSlabTooSmallTakesSmallerTilesAndThenOtherForms() {
    StepPlanner planner = planner("llama-25m", 8192);
    StepPlan swapped = planner.decided(0, 64, 0);
    MemoryLimits small = new MemoryLimits(swapped.memory().slabBytes() - 1, 1L << 40);
    StepPlan plan = planner.plan(SwapChoice.auto(), small);
    assertTrue(plan.settings().lastForms().contains(LayerForm.RECOMPUTED_FROM_HOST));
    MemoryLimits tooSmall = new MemoryLimits(plan.memory().slabBytes() / 2, 1L << 40);
    DoesNotFitException refused =
        assertThrows(DoesNotFitException.class, () -> planner.plan(SwapChoice.auto(), tooSmall));
    MemoryLimits enough = new MemoryLimits(refused.neededBytes(), 1L << 40);
    assertTrue(planner.plan(SwapChoice.auto(), enough).fits(enough));
  }

  @Test
  void aPoolTooSmallIsAnsweredWithOneThatDoes() {
    StepPlanner planner = planner("llama-25m", 8192);
    long slab = planner.decided(0, 64, 0).memory().slabBytes() - 1;
    DoesNotFitException refused =
        assertThrows(
            DoesNotFitException.class,
            () -> planner.plan(SwapChoice.auto(), new MemoryLimits(slab, 1 << 20)));
    MemoryLimits enough = new MemoryLimits(slab, refused.neededBytes());
    assertTrue(planner.plan(SwapChoice.auto(), enough).fits(enough));
  }

  @Test
  void alphaIsWhatTheHostMemoryHolds() {
    StepPlanner planner = planner("llama-25m", 8192);
    StepPlan half = planner.decided(0.5, 1024, 0);
    SwapChoice choice =
        new SwapChoice(
            OptionalDouble.empty(),
            OptionalLong.of(1024),
            OptionalInt.empty(),
            Optional.of(List.of()));
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

  private static double seconds(StepPlan plan) {
    return StepPrediction.seconds(job("llama-25m", 8192), plan, HostHardware.roundFigures(2));
  }

  private static int tensors(StepPlan plan) {
    return plan.memory().sections().stream().mapToInt(section -> section.tensors().size()).sum();
  }

  private static MemoryLimits limitsOf(StepPlan plan) {
    return new MemoryLimits(plan.memory().slabBytes(), plan.profile().hostPoolBytes());
  }

  private static StepPlanner planner(String preset, long sequenceLength) {
    return new StepPlanner(
        job(preset, sequenceLength), TileChoices.HOST, HostHardware.roundFigures(2));
  }

  private static StepJob job(String preset, long sequenceLength) {
    ModelConfig config = Presets.named(preset).orElseThrow();
    return StepJob.onOneRank(config, ParameterLayout.of(config), 1, sequenceLength);
  }
}
