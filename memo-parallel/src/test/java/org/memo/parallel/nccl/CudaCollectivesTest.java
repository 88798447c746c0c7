package org.memo.parallel.nccl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.memo.device.cuda.CudaDevice;
import org.memo.parallel.CollectivesContract;
import org.memo.parallel.InProcessRanks;

/** NCCL, or its test double, beneath the operations of CUDA devices. */
@Tag("cuda")
@Timeout(120)
class CudaCollectivesTest extends CollectivesContract {
  private static final long SLAB_BYTES = 16L << 20;

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
    InProcessRanks.run(
        ranks,
        GpuGroup.TIMEOUT,
        collectives -> {
          try (CudaDevice device = GpuGroup.open(collectives, SLAB_BYTES, 0)) {
            program.run(new DeviceChannel(device, ranks), collectives.rank());
          }
        });
  }

  /** The shard comes in before the ranks' sum is made. */
  @Override
  protected void requireAccumulated(float[] sum, float[] before, float[] shard) {
    float[] expected = new float[sum.length];
    for (int i = 0; i < sum.length; i++) {
      expected[i] = sum[i] + before[i];
    }
    assertArrayEquals(expected, shard, 1e-3f);
  }
}
