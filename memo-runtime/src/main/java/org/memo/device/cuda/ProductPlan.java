package org.memo.device.cuda;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memo.bindings.StorageType;
import org.memo.bindings.cublaslt.LtAddresses;
import org.memo.bindings.cublaslt.LtAlgorithm;
import org.memo.bindings.cublaslt.LtCompute;
import org.memo.bindings.cublaslt.LtEpilogue;
import org.memo.bindings.cublaslt.LtHandle;
import org.memo.bindings.cublaslt.LtMatrices;
import org.memo.bindings.cublaslt.LtMatrix;
import org.memo.bindings.cublaslt.LtPreference;
import org.memo.bindings.cublaslt.LtProduct;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.device.KernelArguments;

/** cuBLASLt's descriptors of one form of product, and the way that was chosen for it. */
final class ProductPlan implements AutoCloseable {
  private final ProductForm form;
  private final ClosingStack owned = new ClosingStack();
  private final LtProduct product;
  private final LtMatrices matrices;
  private @Nullable LtAlgorithm algorithm;

  ProductPlan(ProductForm form) {
    this.form = form;
    try {
      this.product = new LtProduct(LtCompute.F32, form.transposeB(), form.transposeA());
      owned.own(product::close);
      if (form.biased()) {
        product.epilogue(LtEpilogue.BIAS);
      }
      StorageType type = KernelArguments.storage(form.type());
      LtMatrix c = transposed(KernelArguments.storage(form.outType()), form.m(), form.n());
      this.matrices =
          new LtMatrices(
              form.transposeB()
                  ? transposed(type, form.n(), form.k())
                  : transposed(type, form.k(), form.n()),
              form.transposeA()
                  ? transposed(type, form.k(), form.m())
                  : transposed(type, form.m(), form.k()),
              c,
              c);
    } catch (RuntimeException e) {
      owned.closeAfter(e);
      throw e;
    }
  }

  /** What cuBLASLt proposes, the presumably fastest first; nothing where it knows no way. */
  List<LtAlgorithm> suggestions(LtHandle handle, int count) {
    try (LtPreference preference = new LtPreference(StreamScratch.BYTES)) {
      preference.alignment(form.alignmentBytes());
      return handle.algorithms(product, matrices, preference, count);
    }
  }

  void use(LtAlgorithm chosen) {
    algorithm = chosen;
  }

  @Nullable LtAlgorithm algorithm() {
    return algorithm;
  }

  /** The bias of the next run, where the form has one. */
  void setBias(DeviceAddress bias) {
    if (form.biased()) {
      product.bias(KernelArguments.storage(form.outType()), bias);
    }
  }

  /**
   * Queues it.
   *
   * @param addresses in cuBLASLt's order
   */
  void run(LtHandle handle, LtAddresses addresses, StreamScratch scratch) {
    LtAlgorithm chosen = algorithm;
    if (chosen == null) {
      throw new IllegalStateException("no way was chosen for " + form);
    }
    handle.multiply(
        product,
        matrices,
        addresses,
        form.accumulate(),
        chosen,
        scratch.address(),
        StreamScratch.BYTES,
        scratch.stream());
  }

  @Override
  public void close() {
    owned.close();
  }

  /** A row-major matrix as cuBLASLt sees it. */
  private LtMatrix transposed(StorageType type, long rows, long cols) {
    LtMatrix matrix = new LtMatrix(type, cols, rows, cols);
    owned.own(matrix::close);
    return matrix;
  }
}
