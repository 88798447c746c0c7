package org.memo.bindings.cublaslt;

import org.memo.bindings.StorageType;
import org.memo.bindings.cublaslt.generated.CublasLt;

/** Storage types as cuBLASLt's {@code cudaDataType}. */
final class LtTypes {
  private LtTypes() {}

  static int codeOf(StorageType type) {
    return switch (type) {
      case F32 -> CublasLt.CUDA_R_32F();
      case BF16 -> CublasLt.CUDA_R_16BF();
    };
  }
}
