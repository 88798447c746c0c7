package org.memo.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.device.simulated.ScheduleCheck;
import org.memo.device.simulated.SimulatedDevice;
import org.memo.memory.PlannedAllocator;
import org.memo.memory.UnplannedRequestException;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;
import org.memo.planner.MemoryPlan;

/** The step's schedule, on the simulated device with the addresses of a plan. */
class StepScheduleTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void everyConflictingPairOfAccessesIsOrdered(int layers) {
    for (double alpha : new double[] {0, 0.3, 0.5, 1}) {
      for (long tile : new long[] {5, 8, StepSchedules.TOKENS}) {
        for (int resident = 0; resident <= layers; resident++) {
          for (int slots = 2; slots <= 3; slots++) {
            StepSettings settings = StepSchedules.settings(2, alpha, tile, slots, resident);
            MemoryPlan plan = StepSchedules.plan(layers, settings);
            assertNoRace(layers, settings, plan, 1);
            assertNoRace(layers, settings, plan, 2);
          }
        }
      }
    }
  }

  @Test
  void aProgramRunsTwiceInThePlanOfItsProfileAndReachesItsPeak() {
    StepSettings settings = StepSchedules.settings(1, 0.5, 5, 2, 1);
    MemoryPlan plan = StepSchedules.plan(3, settings);
    PlannedAllocator allocator = StepSchedules.run(3, settings, 1, 2, entry -> {});
    assertEquals(plan.slabBytes(), allocator.peakBytes());
  }

  @Test
  void aPlanOfOtherSettingsIsRefused() {
    ModelConfig config = StepSchedules.config(2);
    ParameterLayout layout = ParameterLayout.of(config);
    MemoryPlan plan = StepSchedules.plan(2, StepSchedules.settings(1, 0.5, 5, 2, 0));
    StepSettings others = StepSchedules.settings(1, 0.5, 6, 2, 0);
    try (SimulatedDevice device = new SimulatedDevice(entry -> {})) {
      PlannedAllocator allocator = new PlannedAllocator(plan);
      assertThrows(
          UnplannedRequestException.class,
          () -> new StepProgram(config, layout, others, 0, device, allocator));
    }
  }

  @Test
  void theTilesOfASegmentAreCutWhereSwappingEnds() {
    StepSettings settings = StepSchedules.settings(1, 0.5, 10, 2, 0);
    assertEquals(
        "[TokenTile[start=0, tokens=10, swapped=true], TokenTile[start=10, tokens=2, swapped=true],"
            + " TokenTile[start=12, tokens=10, swapped=false],"
            + " TokenTile[start=22, tokens=2, swapped=false]]",
        settings.tiles().toString());
  }

  private static void assertNoRace(
      int layers, StepSettings settings, MemoryPlan plan, int microBatches) {
    ScheduleCheck check = new ScheduleCheck();
    StepSchedules.run(layers, settings, plan, 2, microBatches, check);
    assertTrue(
        check.races().isEmpty(),
        () -> layers + " layers, " + settings + ": " + check.races().getFirst().message());
  }
}
