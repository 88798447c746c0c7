package org.memo.benchmark.kernel;

/** Sets a benchmark's parameters to small and odd sizes, checks it and runs it twice. */
public final class KernelChecks {
  private KernelChecks() {}

  public static void check(Object benchmark) {
    KernelBenchmark kernel = (KernelBenchmark) benchmark;
    kernel.device = "host";
    kernel.rotationMib = 1;
    switch (kernel) {
      case GemmBenchmark gemm -> checkProducts(gemm);
      case TokenBenchmark tokens -> checkTokens(tokens, 37);
      case ElementBenchmark elements -> checkElements(elements);
      case CrossEntropyBenchmark loss -> checkRows(loss);
      default -> throw new AssertionError("sizes are unknown of " + benchmark.getClass());
    }
  }

  private static void checkProducts(GemmBenchmark gemm) {
    gemm.outputs = 33;
    for (GemmBenchmark.Product product : GemmBenchmark.Product.values()) {
      gemm.product = product;
      checkTokens(gemm, 7);
    }
  }

  private static void checkTokens(TokenBenchmark benchmark, long count) {
    benchmark.tokens = 1;
    runTwice(benchmark);
    benchmark.tokens = count;
    runTwice(benchmark);
  }

  private static void checkElements(ElementBenchmark benchmark) {
    benchmark.elements = 10007;
    runTwice(benchmark);
  }

  private static void checkRows(CrossEntropyBenchmark benchmark) {
    benchmark.rows = 5;
    runTwice(benchmark);
  }

  private static void runTwice(KernelBenchmark benchmark) {
    benchmark.open();
    try {
      benchmark.restore();
      benchmark.run();
      benchmark.restore();
      benchmark.run();
    } finally {
      benchmark.close();
    }
  }
}
