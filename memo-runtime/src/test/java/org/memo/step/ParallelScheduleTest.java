package org.memo.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.device.simulated.ScheduleCheck;
import org.memo.device.simulated.SimulatedDevice.EventAwaited;
import org.memo.device.simulated.SimulatedDevice.Recorded;
import org.memo.device.simulated.SimulatedDevice.Submitted;
import org.memo.memory.PlannedAllocator;
import org.memo.op.Operation;
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
    layouts().forEach(ranks -> assertNoRace(layers, ranks, 1, ElementType.BF16));
  }

  @ParameterizedTest
  @CsvSource({
    "2, 2, 1", "4, 2, 1", "6, 2, 1", "5, 5, 1", "3, 3, 2", "4, 2, 2", "4, 4, 4", "2, 1, 2",
    "1, 1, 4"
  })
  void soItIsInARingAndInGroupsOfHeads(int sequenceParallel, int ring, int headGroups) {
    ParallelLayout ranks = new ParallelLayout(sequenceParallel, ring, 2, ShardLevel.PARAMETERS);
    assertNoRace(2, ranks, headGroups, ElementType.F32);
    assertNoRace(5, ranks, headGroups, ElementType.BF16);
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
            ActivationLayout.TILED,
            ElementType.BF16,
            1);
    List<Recorded> whole = StepSchedules.recording(layers, settings, 2, 2);
    Set<EventAwaited> waits = waits(whole, ParallelScheduleTest::isOfUnits);
    assertEquals(
        8, waits.size(), "two slots each of parameters and gradients, filled and consumed");
    assertEveryOneIsNeeded(whole, waits);
  }

  /** With more places and groups than buffers, so that each buffer is used again. */
  @Test
  void everyWaitBetweenTheRingTheExchangeAndTheComputationIsNeeded() {
    StepSettings settings =
        settings(
            new ParallelLayout(4, 4, 1, ShardLevel.NONE),
            0.5,
            List.of(),
            ActivationLayout.TILED,
            ElementType.BF16,
            4);
    List<Recorded> whole = StepSchedules.recording(1, settings, 1, 1);
    Set<EventAwaited> waits = waits(whole, ParallelScheduleTest::isOfAttention);
    assertEquals(6, waits.size(), waits::toString);
    assertEveryOneIsNeeded(whole, waits);
  }

  /** Which keys ring attention attends to is all that tells ranks apart. */
  @Test
  void allRanksRunTheSameProgram() {
    StepSettings settings =
        settings(
            new ParallelLayout(4, 2, 2, ShardLevel.PARAMETERS),
            0.5,
            List.of(LayerForm.RECOMPUTED, LayerForm.CHECKPOINTED),
            ActivationLayout.TILED,
            ElementType.BF16,
            2);
    MemoryPlan plan = StepSchedules.plan(3, settings);
    List<String> first = program(settings, plan, 0);
    assertTrue(first.stream().anyMatch(entry -> entry.contains("RingAttentionBackward")));
    for (int rank = 1; rank < settings.ranks().ranks(); rank++) {
      assertEquals(first, program(settings, plan, rank));
    }
  }

  /** What a rank is told, with its operations but for their places. */
  private static List<String> program(StepSettings settings, MemoryPlan plan, int rank) {
    List<String> program = new ArrayList<>();
    StepSchedules.run(
        3,
        settings,
        rank,
        plan,
        1,
        2,
        entry ->
            program.add(
                entry instanceof Submitted(String stream, Operation operation)
                    ? stream + operation.name() + operation.reads() + operation.writes()
                    : entry.toString()));
    return program;
  }

  private static boolean isOfAttention(EventAwaited awaited) {
    return awaited.event().startsWith("ring")
        || awaited.event().endsWith("of the ring arrived")
        || awaited.event().startsWith("exchange")
        || awaited.event().startsWith("heads");
  }

  private static Set<EventAwaited> waits(List<Recorded> whole, Predicate<EventAwaited> which) {
    return whole.stream()
        .filter(entry -> entry instanceof EventAwaited awaited && which.test(awaited))
        .map(EventAwaited.class::cast)
        .collect(Collectors.toSet());
  }

  private static void assertEveryOneIsNeeded(List<Recorded> whole, Set<EventAwaited> waits) {
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
      ParallelLayout ranks,
      double alpha,
      List<LayerForm> forms,
      ActivationLayout layout,
      ElementType type,
      int headGroups) {
    long tokens = StepSchedules.tokens(ranks);
    return new StepSettings(
            1,
            StepSchedules.TOKENS,
            Math.round(alpha * tokens),
            Math.min(tokens, 5),
            2,
            forms,
            7,
            layout,
            type,
            ranks)
        .withHeadGroups(headGroups);
  }

  private static void assertNoRace(
      int layers, ParallelLayout ranks, int headGroups, ElementType type) {
    for (double alpha : new double[] {0, 0.5, 1}) {
      for (List<LayerForm> forms : LAST_FORMS) {
        for (ActivationLayout layout : ActivationLayout.values()) {
          assertNoRace(layers, settings(ranks, alpha, forms, layout, type, headGroups));
        }
      }
    }
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
