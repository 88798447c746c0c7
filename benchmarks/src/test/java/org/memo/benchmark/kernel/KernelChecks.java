package org.memo.benchmark.kernel;

import org.memo.planner.cost.ElementType;

/** Sets a benchmark's parameters to small and odd sizes, checks it and runs it twice. */
public final class KernelChecks {
  private KernelChecks() {}

  /**
   * @param device as the benchmarks' parameter
   */
  public static void check(Object benchmark, String device) {
    KernelBenchmark kernel = (KernelBenchmark) benchmark;
    kernel.device = device;
    kernel.rotationMib = 1;
    switch (kernel) {
      case TypedBenchmark typed -> checkTypes(typed);
      case RotaryTableBenchmark table -> checkTable(table);
      case CastBenchmark cast -> checkCast(cast);
      case ElementBenchmark elements -> checkElements(elements);
      default -> throw new AssertionError("sizes are unknown of " + benchmark.getClass());
    }
  }

  private static void checkTypes(TypedBenchmark benchmark) {
    benchmark.model = ModelShape.LLAMA_25M;
    for (ElementType type : ElementType.values()) {
      benchmark.type = type;
      checkOneType(benchmark);
    }
  }

  private static void checkOneType(TypedBenchmark benchmark) {
    switch (benchmark) {
      case GemmBenchmark gemm -> checkProducts(gemm);
      case TokenBenchmark tokens -> checkTokens(tokens, 37);
      case AdamWBenchmark step -> checkStep(step);
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

  private static void checkTable(RotaryTableBenchmark benchmark) {
    benchmark.model = ModelShape.LLAMA_25M;
    benchmark.tokens = 37;
    runTwice(benchmark);
  }

  private static void checkCast(CastBenchmark benchmark) {
    benchmark.type = ElementType.BF16;
    checkElements(benchmark);
  }

  private static void checkStep(AdamWBenchmark benchmark) {
    benchmark.elements = 10007;
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
