package org.memo.benchmark.kernel;

import org.openjdk.jmh.annotations.Param;

/** A benchmark of an operation on a flat run of elements, as those on all parameters are. */
public abstract class ElementBenchmark extends KernelBenchmark {
  @Param("8388608")
  long elements;
}
