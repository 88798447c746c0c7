package org.memo.bindings.cublaslt;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.StorageType;
import org.memo.bindings.cublaslt.generated.CublasLt;
import org.memo.bindings.cudart.DeviceAddress;

/** What a product does: D = epilogue(op(A) op(B) + C), op transposes where asked. */
public final class LtProduct extends LtDescriptor {

  /**
   * @throws org.memo.bindings.NativeCallException where cuBLASLt refuses
   */
  public LtProduct(LtCompute compute, boolean transposeA, boolean transposeB) {
    super(
        "%s product of %s and %s"
            .formatted(compute, transposeA ? "A^T" : "A", transposeB ? "B^T" : "B"),
        "cublasLtMatmulDescCreate",
        slot -> CublasLt.cublasLtMatmulDescCreate(slot, compute.code(), CublasLt.CUDA_R_32F()));
    setInt(CublasLt.CUBLASLT_MATMUL_DESC_TRANSA(), operation(transposeA));
    setInt(CublasLt.CUBLASLT_MATMUL_DESC_TRANSB(), operation(transposeB));
  }

  public void epilogue(LtEpilogue epilogue) {
    setInt(CublasLt.CUBLASLT_MATMUL_DESC_EPILOGUE(), epilogue.code());
  }

  /** The bias that the epilogue reads or writes, for the next product. */
  public void bias(StorageType type, DeviceAddress bias) {
    setInt(CublasLt.CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE(), LtTypes.codeOf(type));
    setLong(CublasLt.CUBLASLT_MATMUL_DESC_BIAS_POINTER(), bias.value());
  }

  /** The auxiliary matrix that the epilogue reads or writes, for the next product. */
  public void auxiliary(StorageType type, DeviceAddress auxiliary, long columnStride) {
    setInt(CublasLt.CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_DATA_TYPE(), LtTypes.codeOf(type));
    setLong(CublasLt.CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_POINTER(), auxiliary.value());
    setLong(CublasLt.CUBLASLT_MATMUL_DESC_EPILOGUE_AUX_LD(), columnStride);
  }

  private static int operation(boolean transposed) {
    return transposed ? CublasLt.CUBLAS_OP_T() : CublasLt.CUBLAS_OP_N();
  }

  @Override
  int setAttribute(MemorySegment pointer, int attribute, MemorySegment value, long size) {
    return CublasLt.cublasLtMatmulDescSetAttribute(pointer, attribute, value, size);
  }

  @Override
  int getAttribute(MemorySegment pointer, int attribute, MemorySegment value, long size) {
    return CublasLt.cublasLtMatmulDescGetAttribute(
        pointer, attribute, value, size, MemorySegment.NULL);
  }

  @Override
  int destroy(MemorySegment pointer) {
    return CublasLt.cublasLtMatmulDescDestroy(pointer);
  }
}
