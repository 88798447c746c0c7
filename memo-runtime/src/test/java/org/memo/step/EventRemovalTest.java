package org.memo.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.memo.device.simulated.Reachability;
import org.memo.device.simulated.ScheduleCheck;
import org.memo.device.simulated.SimulatedDevice.EventAwaited;
import org.memo.device.simulated.SimulatedDevice.HostAccessed;
import org.memo.device.simulated.SimulatedDevice.Recorded;
import org.memo.device.simulated.SimulatedDevice.Submitted;
import org.memo.planner.cost.ElementType;
import org.memo.planner.swap.LayerForm;

/**
 * Takes single records, waits and synchronisations out of the schedule of a step. Each removal must
 * be caught, or must not have been needed: then every conflicting pair is still ordered without it,
 * as following the schedule's graph shows.
 */
class EventRemovalTest {

  static Stream<Arguments> steps() {
    return Stream.of(
        Arguments.of(1, StepSchedules.settings(1, 1, 8, 2, 0), 2, 1),
        Arguments.of(2, StepSchedules.settings(2, 0.5, 8, 2, 0), 2, 1),
        Arguments.of(3, StepSchedules.settings(1, 0, 24, 2, 0), 1, 2),
        Arguments.of(3, StepSchedules.settings(1, 0.3, 8, 2, 1), 1, 3),
        Arguments.of(4, StepSchedules.settings(1, 1, 24, 2, 0), 2, 1),
        Arguments.of(4, StepSchedules.settings(2, 0.5, 12, 3, 0), 1, 2),
        Arguments.of(5, StepSchedules.settings(1, 0.5, 24, 2, 2), 1, 2),
        Arguments.of(3, StepSchedules.settings(1, 0, 24, 2, 3), 2, 2),
        Arguments.of(4, settings(ActivationLayout.WHOLE_LAYER, ParallelLayout.SINGLE), 1, 1),
        Arguments.of(
            4,
            settings(ActivationLayout.TILED, new ParallelLayout(2, 2, ShardLevel.PARAMETERS)),
            2,
            1),
        Arguments.of(2, inARing(new ParallelLayout(3, 3, 1, ShardLevel.NONE), 1), 1, 1),
        Arguments.of(1, inARing(new ParallelLayout(6, 3, 1, ShardLevel.NONE), 2), 1, 1),
        Arguments.of(2, inARing(new ParallelLayout(2, 1, 1, ShardLevel.NONE), 2), 1, 1),
        Arguments.of(1, inARing(ParallelLayout.SINGLE, 4), 1, 2));
  }

  private static StepSettings inARing(ParallelLayout ranks, int headGroups) {
    return settings(ActivationLayout.TILED, ranks)
        .withLastForms(List.of(LayerForm.RECOMPUTED))
        .withHeadGroups(headGroups);
  }

  /** Layers of all forms but the resident one. */
  private static StepSettings settings(ActivationLayout layout, ParallelLayout ranks) {
    return new StepSettings(
        1,
        StepSchedules.TOKENS,
        Math.min(6, StepSchedules.tokens(ranks)),
        5,
        2,
        List.of(LayerForm.CHECKPOINTED, LayerForm.RECOMPUTED, LayerForm.RECOMPUTED_FROM_HOST),
        7,
        layout,
        ElementType.BF16,
        ranks);
  }

  @ParameterizedTest
  @MethodSource("steps")
  void everyRemovalIsCaughtOrWasNotNeeded(
      int layers, StepSettings settings, int steps, int microBatches) {
    List<Recorded> whole = StepSchedules.recording(layers, settings, steps, microBatches);
    Reachability graph = new Reachability(whole);
    assertTrue(graph.unordered().isEmpty());
    int caught = 0;
    for (int i = 0; i < whole.size(); i++) {
      if (orders(whole.get(i))) {
        boolean needed = !graph.unorderedWithout(i).isEmpty();
        assertEquals(needed, races(whole, i), "without " + whole.get(i) + " at " + i);
        caught += needed ? 1 : 0;
      }
    }
    assertTrue(caught > 0, "no removal was caught");
  }

  @Test
  void withoutAnyWaitTheScheduleRaces() {
    ScheduleCheck check = new ScheduleCheck();
    StepSchedules.run(
        3,
        StepSchedules.settings(1, 0.5, 5, 2, 0),
        1,
        1,
        entry -> {
          if (!(entry instanceof EventAwaited)) {
            check.accept(entry);
          }
        });
    assertTrue(check.races().size() > 10, () -> check.races().toString());
  }

  private static boolean orders(Recorded entry) {
    return !(entry instanceof Submitted) && !(entry instanceof HostAccessed);
  }

  private static boolean races(List<Recorded> schedule, int without) {
    ScheduleCheck check = new ScheduleCheck();
    schedule.subList(0, without).forEach(check);
    schedule.subList(without + 1, schedule.size()).forEach(check);
    return !check.races().isEmpty();
  }
}
