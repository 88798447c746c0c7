package org.memo.device.cuda;

import org.memo.bindings.cudart.CudaEventHandle;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.CudaStreams;

/** How long work that can be repeated takes on a stream. */
final class StreamClock {
  /** Enough for the shortest kernels to be told apart. */
  private static final double ENOUGH_MILLIS = 20;

  private static final int MOST_RUNS = 5;

  private StreamClock() {}

  /**
   * The shortest of some runs, in milliseconds, after one that does not count: it loads kernels.
   *
   * @param work queues the work; it may be done any number of times
   */
  static double millis(CudaStreamHandle stream, Runnable work) {
    try (ClosingStack owned = new ClosingStack()) {
      CudaEventHandle start = event(owned);
      CudaEventHandle end = event(owned);
      work.run();
      CudaStreams.synchronize(stream);
      double shortest = Double.POSITIVE_INFINITY;
      double total = 0;
      for (int run = 0; run < MOST_RUNS && total < ENOUGH_MILLIS; run++) {
        CudaStreams.record(start, stream);
        work.run();
        CudaStreams.record(end, stream);
        CudaStreams.synchronize(end);
        double millis = CudaStreams.elapsedMillis(start, end);
        shortest = Math.min(shortest, millis);
        total += millis;
      }
      return shortest;
    }
  }

  private static CudaEventHandle event(ClosingStack owned) {
    CudaEventHandle event = CudaStreams.createTimingEvent();
    owned.own(() -> CudaStreams.destroy(event));
    return event;
  }
}
