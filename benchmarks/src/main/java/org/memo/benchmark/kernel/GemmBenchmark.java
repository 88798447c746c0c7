package org.memo.benchmark.kernel;

import org.memo.op.Gemm;
import org.openjdk.jmh.annotations.Param;

/**
 * The three products of a linear layer from the hidden size to {@code outputs} (2048: gate and up
 * together): y = x w', dx = dy w and dw += dy' x, with w [outputs, hidden] as it is stored.
 */
public class GemmBenchmark extends TokenBenchmark {

  /** Which of the products. */
  public enum Product {
    FORWARD,
    INPUT_GRADIENT,
    WEIGHT_GRADIENT
  }

  @Param Product product = Product.FORWARD;

  @Param("2048")
  long outputs;

  @Override
  KernelCase define(Buffers buffers) {
    return switch (product) {
      case FORWARD -> define(buffers, tokens, outputs, model.hidden(), false, true, false);
      case INPUT_GRADIENT -> define(buffers, tokens, model.hidden(), outputs, false, false, false);
      case WEIGHT_GRADIENT -> define(buffers, outputs, model.hidden(), tokens, true, false, true);
    };
  }

  private KernelCase define(
      Buffers buffers,
      long m,
      long n,
      long k,
      boolean transposeA,
      boolean transposeB,
      boolean accumulate) {
    Buffer a = buffers.random("a", m * k);
    Buffer b = buffers.random("b", k * n);
    Buffer c = accumulate ? buffers.randomFloats("c", m * n, -1, 1) : buffers.zeros("c", m * n);
    return KernelCase.boundByProducts(
        set ->
            new Gemm(
                set.at(a),
                transposeA,
                set.at(b),
                transposeB,
                set.at(c),
                accumulate,
                m,
                n,
                k,
                type,
                c.type()),
        answer -> {
          Buffer product = answer.of(c);
          for (long i : Answer.samples(m)) {
            for (long j : Answer.samples(n)) {
              double sum = c.at(i * n + j);
              for (long l = 0; l < k; l++) {
                sum +=
                    a.at(transposeA ? l * m + i : i * k + l)
                        * b.at(transposeB ? j * k + l : l * n + j);
              }
              Answer.expect(product, i * n + j, sum, 1e-3);
            }
          }
        });
  }
}
