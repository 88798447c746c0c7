package org.memo.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.device.simulated.ScheduleCheck;
import org.memo.device.simulated.SimulatedDevice.EventAwaited;
import org.memo.device.simulated.SimulatedDevice.Recorded;
import org.memo.memory.PlannedAllocator;
import org.memo.planner.MemoryPlan;
import org.memo.planner.cost.ElementType;
import org.memo.planner.swap.LayerForm;

/** The step of one rank of several, on the simulated device with the addresses of a plan. */
class ParallelScheduleTest {
  private static final List<List<LayerForm>> LAST_FORMS =
      List.of(
          List.of(),
          List.of(LayerForm.RECOMPUTED, LayerForm.CHECKPOINTED),
          List.of(LayerForm.RESIDENT, LayerForm.SWAPPED),
          List.of(LayerForm.RECOMPUTED_FROM_HOST, LayerForm.RESIDENT));

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void everyConflictingPairOfAccessesIsOrdered(int layers) {
    for (ParallelLayout ranks : layouts()) {
      for (double alpha : new double[] {0, 0.5, 1}) {
        for (List<LayerForm> forms : LAST_FORMS) {
          for (ActivationLayout layout : ActivationLayout.values()) {
            assertNoRace(layers, settings(ranks, alpha, forms, layout));
          }
        }
      }
    }
  }

  /** With fewer layers some slot has one user only, whose waits others imply. */
  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void everyWaitBetweenUnitsAndTheComputationIsNeeded(int layers) {
    StepSettings settings =
        settings(
            new ParallelLayout(2, 2, ShardLevel.PARAMETERS),
            0.5,
            List.of(),
            ActivationLayout.TILED);
    List<Recorded> whole = StepSchedules.recording(layers, settings, 2, 2);
    Set<EventAwaited> waits =
        whole.stream()
            .filter(entry -> entry instanceof EventAwaited awaited && isOfUnits(awaited))
            .map(EventAwaited.class::cast)
            .collect(Collectors.toSet());
    assertEquals(
        8, waits.size(), "two slots each of parameters and gradients, filled and consumed");
    for (EventAwaited wait : waits) {
      ScheduleCheck check = new ScheduleCheck();
      whole.stream().filter(entry -> !entry.equals(wait)).forEach(check);
      assertFalse(check.races().isEmpty(), () -> "no race without " + wait);
    }
  }

  private static boolean isOfUnits(EventAwaited awaited) {
    return awaited.event().startsWith("gathered parameters")
        || awaited.event().startsWith("unit gradients");
  }

  private static List<ParallelLayout> layouts() {
    return List.of(
        new ParallelLayout(1, 1, ShardLevel.PARAMETERS),
        new ParallelLayout(2, 1, ShardLevel.PARAMETERS),
        new ParallelLayout(3, 1, ShardLevel.NONE),
        new ParallelLayout(4, 1, ShardLevel.PARAMETERS),
        new ParallelLayout(6, 1, ShardLevel.NONE),
        new ParallelLayout(1, 2, ShardLevel.NONE),
        new ParallelLayout(2, 2, ShardLevel.PARAMETERS),
        new ParallelLayout(2, 2, ShardLevel.OPTIMIZER),
        new ParallelLayout(1, 2, ShardLevel.OPTIMIZER),
        new ParallelLayout(3, 1, ShardLevel.GRADIENTS),
        new ParallelLayout(2, 2, ShardLevel.GRADIENTS));
  }

  private static StepSettings settings(
      ParallelLayout ranks, double alpha, List<LayerForm> forms, ActivationLayout layout) {
    long tokens = StepSchedules.TOKENS / ranks.sequenceParallel();
    return new StepSettings(
        1,
        StepSchedules.TOKENS,
        Math.round(alpha * tokens),
        Math.min(tokens, 5),
        2,
        forms,
        7,
        layout,
        ElementType.BF16,
        ranks);
  }

  private static void assertNoRace(int layers, StepSettings settings) {
    ScheduleCheck check = new ScheduleCheck();
    MemoryPlan plan = StepSchedules.plan(layers, settings);
    PlannedAllocator allocator = StepSchedules.run(layers, settings, plan, 2, 2, check);
    assertTrue(
        check.races().isEmpty(),
        () -> layers + " layers, " + settings + ": " + check.races().getFirst().message());
    assertEquals(plan.slabBytes(), allocator.peakBytes());
  }
}
