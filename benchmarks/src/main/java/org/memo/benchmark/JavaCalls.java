package org.memo.benchmark;

import org.openjdk.jmh.annotations.CompilerControl;

/** What the shortest call costs that there is: of a Java method that is not inlined. */
final class JavaCalls {
  private static final int CALLS = 20_000_000;
  private static final int RUNS = 5;

  private final int one = Math.min(RUNS, 1); // no constant for the compiler

  private JavaCalls() {}

  /** The best of a few runs. */
  static double perSecond() {
    JavaCalls calls = new JavaCalls();
    double best = 0;
    for (int run = 0; run < RUNS; run++) {
      best = Math.max(best, calls.measure());
    }
    return best;
  }

  private double measure() {
    long start = System.nanoTime();
    long sum = 0;
    for (int i = 0; i < CALLS; i++) {
      sum += call();
    }
    double seconds = (System.nanoTime() - start) * 1e-9;
    if (sum != CALLS) {
      throw new WrongAnswerException("Java calls returned a sum of " + sum);
    }
    return CALLS / seconds;
  }

  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  private int call() {
    return one;
  }
}
