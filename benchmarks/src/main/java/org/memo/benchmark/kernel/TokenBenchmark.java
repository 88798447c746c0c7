package org.memo.benchmark.kernel;

import org.openjdk.jmh.annotations.Param;

/** A benchmark of an operation on the rows of so many tokens. */
public abstract class TokenBenchmark extends TypedBenchmark {
  @Param({"512", "4096"})
  long tokens;
}
