package org.memo.benchmark;

/** Slab to pool and pool to slab at once, on two streams. */
public class CopyBothWaysBenchmark extends CopyBenchmark {
  public CopyBothWaysBenchmark() {
    super(true, true);
  }
}
