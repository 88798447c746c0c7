package org.memo.device.cuda;

import org.jspecify.annotations.Nullable;
import org.memo.op.BiasForward;
import org.memo.op.Gemm;
import org.memo.op.Operation;

/**
 * Holds a product back until the next operation of its stream is known: a bias that is added to the
 * product's result is then added by the product itself, which saves reading and writing the result
 * once more. Whoever orders the stream against anything else must {@link #take} first.
 */
final class LookBehind {
  private @Nullable Gemm held;

  /** What was held, which is then held no more. */
  @Nullable Gemm take() {
    Gemm product = held;
    held = null;
    return product;
  }

  /** Holds the operation where it is a product that a bias may follow. */
  boolean holds(Operation operation) {
    if (operation instanceof Gemm product && !product.accumulate()) {
      held = product;
      return true;
    }
    return false;
  }

  /** Whether the bias is added to the whole of the product's result, and in its type. */
  static boolean isBiasOf(@Nullable Gemm product, Operation next) {
    return product != null
        && next instanceof BiasForward bias
        && bias.y().equals(product.c())
        && bias.rows() == product.m()
        && bias.cols() == product.n()
        && bias.type() == product.outType();
  }
}
