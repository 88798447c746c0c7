package org.memo.planner.allocation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Problems in which tens of thousands are alive together must be answered, if not well. */
class ManyBuffersTest {

  private static final Limits LIMITS = new Limits(Duration.ofSeconds(1), 1);

  @Test
  @Timeout(value = 100, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void manyBuffersAreAnsweredWhenTheTimeIsUp() {
    Problem problem = Problems.random(new Random(4), 60_000, 1_000_000_000, 1 << 30);
    Placement placement = AllocationPlanner.minimise(problem, LIMITS);
    assertEquals(Optional.empty(), Validator.check(problem, placement.solution()));
    assertEquals(LowerBound.of(problem), placement.lowerBoundBytes());
    assertTrue(placement.solution().peakBytes() < 1.1 * placement.lowerBoundBytes());
    assertInstanceOf(
        CapacityAnswer.Unknown.class,
        AllocationPlanner.fit(problem, placement.lowerBoundBytes(), LIMITS));
  }
}
