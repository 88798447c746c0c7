package org.memo.benchmark;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.memo.bindings.kernels.HostMemory;
import org.memo.bindings.kernels.Kernels;

/** How fast threads copy ordinary memory: the best of a few runs. */
final class HostCopyRate {
  private static final long BYTES_PER_COPY = 64L << 20;
  private static final int RUNS = 6;

  private HostCopyRate() {}

  /** Bytes copied per second (each is read and written) by so many copies at once, together. */
  static double measure(int copiesAtOnce) {
    try (HostMemory memory =
            HostMemory.reserve("the copy limit", 2 * copiesAtOnce * BYTES_PER_COPY);
        ExecutorService pool = Executors.newFixedThreadPool(copiesAtOnce)) {
      memory.segment().fill((byte) 1);
      List<Callable<Void>> copies =
          LongStream.range(0, copiesAtOnce).mapToObj(i -> copy(memory.segment(), i)).toList();
      long bestNanos = Long.MAX_VALUE;
      for (int i = 0; i < RUNS; i++) {
        bestNanos = Math.min(bestNanos, nanos(pool, copies));
      }
      return copiesAtOnce * BYTES_PER_COPY / (bestNanos * 1e-9);
    }
  }

  private static Callable<Void> copy(MemorySegment memory, long index) {
    MemorySegment source = memory.asSlice(2 * index * BYTES_PER_COPY, BYTES_PER_COPY);
    MemorySegment target = memory.asSlice((2 * index + 1) * BYTES_PER_COPY, BYTES_PER_COPY);
    return () -> {
      Kernels.copy(target, source);
      return null;
    };
  }

  private static long nanos(ExecutorService pool, List<Callable<Void>> copies) {
    try {
      long start = System.nanoTime();
      for (Future<Void> copy : pool.invokeAll(copies)) {
        copy.get();
      }
      return System.nanoTime() - start;
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("measuring the copy limit failed", e);
    }
  }
}
