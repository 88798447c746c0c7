package org.memo.benchmark;

/** Pool to slab. */
public class CopyToDeviceBenchmark extends CopyBenchmark {
  public CopyToDeviceBenchmark() {
    super(false, true);
  }
}
