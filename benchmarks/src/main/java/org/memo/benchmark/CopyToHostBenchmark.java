package org.memo.benchmark;

/** Slab to pool. */
public class CopyToHostBenchmark extends CopyBenchmark {
  public CopyToHostBenchmark() {
    super(true, false);
  }
}
