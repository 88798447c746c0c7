package org.memo.bindings.cublaslt;

import org.memo.bindings.cublaslt.generated.CublasLt;

/** How products are formed; sums are always in f32. */
public enum LtCompute {
  /** f32 inputs as they are, bf16 inputs on tensor cores. */
  F32(CublasLt.CUBLAS_COMPUTE_32F()),

  /** f32 inputs rounded to 10 bits of fraction, on tensor cores. */
  TF32(CublasLt.CUBLAS_COMPUTE_32F_FAST_TF32());

  private final int code;

  LtCompute(int code) {
    this.code = code;
  }

  /** The {@code cublasComputeType_t}. */
  int code() {
    return code;
  }
}
