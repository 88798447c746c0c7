package org.memo.parallel.nccl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.memo.parallel.CollectivesContract;

/** NCCL, or its test double, beneath the operations of CUDA devices. */
@Tag("cuda")
@Timeout(120)
class CudaCollectivesTest extends CollectivesContract {
  /** Of sums in another order. */
  private static final float TOLERANCE = 1e-6f;

  private static final double DOUBLE_TOLERANCE = 1e-11;

  private static final Map<Integer, StandingGpus> GROUPS = new HashMap<>();

  @AfterAll
  static void endTheRanks() {
    GROUPS.values().forEach(StandingGpus::close);
    GROUPS.clear();
  }

  @Override
  protected List<Integer> groupSizes() {
    return GpuGroup.sizes();
  }

  @Override
  protected int rounds() {
    return 3;
  }

  @Override
  protected void onEveryRank(int ranks, Program program) {
    StandingGpus group = GROUPS.computeIfAbsent(ranks, StandingGpus::new);
    try {
      group.run(program::run);
    } catch (RuntimeException e) {
      GROUPS.remove(ranks); // it has ended with the rank that failed
      throw e;
    }
  }

  /** NCCL adds in the order of its rings or trees. */
  @Override
  protected void requireSums(float[] expected, float[] given) {
    assertEquals(expected.length, given.length);
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], given[i], TOLERANCE * Math.max(1000, Math.abs(expected[i])));
    }
  }

  @Override
  protected void requireSums(double[] expected, double[] given) {
    assertArrayEquals(expected, given, DOUBLE_TOLERANCE);
  }
}
