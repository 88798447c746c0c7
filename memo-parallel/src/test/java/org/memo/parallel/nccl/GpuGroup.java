package org.memo.parallel.nccl;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.memo.collective.Collectives;
import org.memo.device.cuda.CudaDevice;
import org.memo.device.cuda.CudaOptions;
import org.memo.device.cuda.Gpus;

/** Ranks that are threads with a GPU each. */
public final class GpuGroup {
  public static final Duration TIMEOUT = Duration.ofSeconds(50);

  private static final int MOST_RANKS = 4;

  private GpuGroup() {}

  /** The sizes of groups that this machine has GPUs for. */
  static List<Integer> sizes() {
    return IntStream.rangeClosed(1, Math.min(MOST_RANKS, Gpus.count())).boxed().toList();
  }

  /** The GPU of a rank. */
  public static CudaDevice open(Collectives collectives, long slabBytes, long poolBytes) {
    return CudaDevice.open(
        CudaOptions.ofEnvironment(collectives.localRank()),
        slabBytes,
        poolBytes,
        collectives,
        (pinned, total) -> {});
  }
}
