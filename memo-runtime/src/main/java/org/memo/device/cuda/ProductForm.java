package org.memo.device.cuda;

import org.memo.bindings.cublaslt.LtAddresses;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.op.Gemm;
import org.memo.planner.cost.ElementType;

/**
 * All that the way to compute a product depends on.
 *
 * @param biased whether a bias [n] is added to each row of the result
 * @param alignmentBytes a power of two that every matrix's address is a multiple of, 256 at most
 */
record ProductForm(
    long m,
    long n,
    long k,
    boolean transposeA,
    boolean transposeB,
    boolean accumulate,
    ElementType type,
    ElementType outType,
    boolean biased,
    int alignmentBytes) {
  private static final long LARGEST_ALIGNMENT_BYTES = 256;

  /** What cuBLASLt may load at once: it is told nothing of a bias's address when it chooses. */
  private static final long BIAS_ALIGNMENT_BYTES = 16;

  static ProductForm of(Gemm product, boolean biased, LtAddresses addresses) {
    return new ProductForm(
        product.m(),
        product.n(),
        product.k(),
        product.transposeA(),
        product.transposeB(),
        product.accumulate(),
        product.type(),
        product.outType(),
        biased,
        (int)
            Long.lowestOneBit(
                addresses.a().value()
                    | addresses.b().value()
                    | addresses.c().value()
                    | LARGEST_ALIGNMENT_BYTES));
  }

  /** Whether it may read a bias at this address. */
  boolean mayAddBias(DeviceAddress bias) {
    return alignmentBytes >= BIAS_ALIGNMENT_BYTES && bias.value() % BIAS_ALIGNMENT_BYTES == 0;
  }

  /** For messages: {@code [512, 4096] x [4096, 1024]^T, BF16 to F32, added, aligned to 256}. */
  @Override
  public String toString() {
    return "%s x %s, %s to %s%s%s, aligned to %d bytes"
        .formatted(
            text(m, k, transposeA),
            text(k, n, transposeB),
            type,
            outType,
            accumulate ? ", added" : "",
            biased ? ", with bias" : "",
            alignmentBytes);
  }

  private static String text(long rows, long cols, boolean transposed) {
    return transposed ? "[%d, %d]^T".formatted(cols, rows) : "[%d, %d]".formatted(rows, cols);
  }
}
