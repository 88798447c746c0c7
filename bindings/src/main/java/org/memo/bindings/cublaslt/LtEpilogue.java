package org.memo.bindings.cublaslt;

import org.memo.bindings.cublaslt.generated.CublasLt;

/** What is done to a product [rows, cols], column-major, before it is written. */
public enum LtEpilogue {
  NONE(CublasLt.CUBLASLT_EPILOGUE_DEFAULT()),

  /** Adds the bias [rows] to each column. */
  BIAS(CublasLt.CUBLASLT_EPILOGUE_BIAS()),

  /**
   * Adds the bias [rows], writes that to the auxiliary matrix, then applies gelu in the tanh form.
   */
  GELU_AUX_BIAS(CublasLt.CUBLASLT_EPILOGUE_GELU_AUX_BIAS()),

  /** Multiplies with gelu's derivative at the auxiliary matrix. */
  DGELU(CublasLt.CUBLASLT_EPILOGUE_DGELU()),

  /** As {@link #DGELU}; writes the row sums of the result to the bias [rows]. */
  DGELU_BGRAD(CublasLt.CUBLASLT_EPILOGUE_DGELU_BGRAD()),

  /** Writes the row sums of op(A) to the bias. */
  BGRADA(CublasLt.CUBLASLT_EPILOGUE_BGRADA()),

  /** Writes the column sums of op(B) to the bias. */
  BGRADB(CublasLt.CUBLASLT_EPILOGUE_BGRADB());

  private final int code;

  LtEpilogue(int code) {
    this.code = code;
  }

  /** The {@code cublasLtEpilogue_t}. */
  int code() {
    return code;
  }
}
