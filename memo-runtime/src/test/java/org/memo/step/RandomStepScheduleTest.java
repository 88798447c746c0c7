package org.memo.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.memo.device.simulated.Reachability;
import org.memo.device.simulated.ScheduleCheck;
import org.memo.device.simulated.SimulatedDevice.Recorded;
import org.memo.model.ModelConfig;
import org.memo.op.HeadExchange;
import org.memo.op.HeadLayout;
import org.memo.planner.cost.ElementType;
import org.memo.planner.swap.LayerForm;

/** Steps of layouts, layers' forms, types and ranks that are drawn at random. */
class RandomStepScheduleTest {
  private static final int[] SEQUENCE_PARALLEL = {1, 2, 3, 4, 6};

  @Test
  void everyConflictingPairOfAccessesIsOrdered() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      int layers = 1 + random.nextInt(6);
      StepSettings settings = settings(random, layers);
      List<Recorded> recording =
          StepSchedules.recording(layers, settings, 1 + random.nextInt(2), 1 + random.nextInt(3));
      ScheduleCheck check = new ScheduleCheck();
      recording.forEach(check);
      int drawn = seed;
      assertTrue(
          check.races().isEmpty(),
          () -> "seed " + drawn + ", " + settings + ": " + check.races().getFirst().message());
      if (seed % 25 == 0) {
        assertEquals(List.of(), new Reachability(recording).unordered(), settings::toString);
      }
    }
  }

  private static StepSettings settings(Random random, int layers) {
    LayerForm[] forms = LayerForm.values();
    List<LayerForm> lastForms =
        IntStream.range(0, random.nextInt(layers + 1))
            .mapToObj(i -> forms[random.nextInt(forms.length)])
            .toList();
    ActivationLayout[] layouts = ActivationLayout.values();
    ParallelLayout ranks = ranks(random);
    long tokens = StepSchedules.tokens(ranks);
    return new StepSettings(
            1,
            StepSchedules.TOKENS,
            random.nextLong(tokens + 1),
            1 + random.nextLong(tokens),
            2 + random.nextInt(2),
            lastForms,
            1 + random.nextLong(tokens),
            layouts[random.nextInt(layouts.length)],
            random.nextBoolean() ? ElementType.F32 : ElementType.BF16,
            ranks)
        .withHeadGroups(divisor(random, mostHeadGroups(ranks)));
  }

  private static int mostHeadGroups(ParallelLayout ranks) {
    ModelConfig config = StepSchedules.config(1);
    return HeadExchange.mostGroups(
        HeadLayout.queries(config.numHeads(), config.numKvHeads(), config.headDim()),
        ranks.ulysses());
  }

  private static int divisor(Random random, int number) {
    int divisor = 1 + random.nextInt(number);
    return number % divisor == 0 ? divisor : divisor(random, number);
  }

  private static ParallelLayout ranks(Random random) {
    ShardLevel[] levels = ShardLevel.values();
    if (random.nextBoolean()) {
      return ParallelLayout.SINGLE;
    }
    int sequenceParallel = SEQUENCE_PARALLEL[random.nextInt(SEQUENCE_PARALLEL.length)];
    return new ParallelLayout(
        sequenceParallel,
        divisor(random, sequenceParallel),
        1 + random.nextInt(2),
        levels[random.nextInt(levels.length)]);
  }
}
