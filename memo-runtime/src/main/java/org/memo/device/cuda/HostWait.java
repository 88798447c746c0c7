package org.memo.device.cuda;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.memo.bindings.cudart.CudaEventHandle;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.CudaStreams;
import org.memo.collective.GpuCollectives;

/**
 * How the host waits for a GPU. One that exchanges with others may stand still for ever where
 * another rank is lost: the wait ends then, with a {@link org.memo.collective.LostRankException}.
 */
final class HostWait {
  /** A hundredth of what the shortest step takes; CUDA itself would spin. */
  private static final long POLL_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  /** Until collectives that were ended have left the GPU. */
  private static final long ENDING_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final @Nullable GpuCollectives group;

  /**
   * @param group what the GPU exchanges by; null where it works alone
   */
  HostWait(@Nullable GpuCollectives group) {
    this.group = group;
  }

  void until(CudaStreamHandle stream) {
    if (group == null) {
      CudaStreams.synchronize(stream);
    } else {
      poll(group, () -> CudaStreams.isDone(stream));
    }
  }

  void until(CudaEventHandle event) {
    if (group == null) {
      CudaStreams.synchronize(event);
    } else {
      poll(group, () -> CudaStreams.isDone(event));
    }
  }

  /** The last wait for a stream: where a rank is lost the stream may never end, but mostly will. */
  void untilEnded(CudaStreamHandle stream) {
    try {
      until(stream);
    } catch (RuntimeException e) {
      long start = System.nanoTime();
      while (!CudaStreams.isDone(stream)) {
        if (System.nanoTime() - start > ENDING_NANOS) {
          throw e;
        }
        LockSupport.parkNanos(POLL_NANOS);
      }
    }
  }

  private static void poll(GpuCollectives group, BooleanSupplier isDone) {
    while (!isDone.getAsBoolean()) {
      group.requireProgress();
      LockSupport.parkNanos(POLL_NANOS);
    }
    group.requireProgress();
  }
}
