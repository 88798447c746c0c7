package org.memo.bindings.cudnn;

import org.memo.bindings.cudnn.generated.Cudnn;

/** What an operation does to each element. */
public enum PointwiseMode {
  ADD(Cudnn.CUDNN_POINTWISE_ADD()),
  SUBTRACT(Cudnn.CUDNN_POINTWISE_SUB()),
  MULTIPLY(Cudnn.CUDNN_POINTWISE_MUL()),
  DIVIDE(Cudnn.CUDNN_POINTWISE_DIV()),
  EXP(Cudnn.CUDNN_POINTWISE_EXP()),
  LOG(Cudnn.CUDNN_POINTWISE_LOG()),
  /** Copies, and converts where the types differ. */
  IDENTITY(Cudnn.CUDNN_POINTWISE_IDENTITY()),
  LESS(Cudnn.CUDNN_POINTWISE_CMP_LT()),
  GREATER_OR_EQUAL(Cudnn.CUDNN_POINTWISE_CMP_GE()),
  AND(Cudnn.CUDNN_POINTWISE_LOGICAL_AND()),
  /** The element's index on one axis. */
  INDEX(Cudnn.CUDNN_POINTWISE_GEN_INDEX()),
  /** One of two by a third that is true or false. */
  SELECT(Cudnn.CUDNN_POINTWISE_BINARY_SELECT());

  private final int code;

  PointwiseMode(int code) {
    this.code = code;
  }

  /** Its cudnnPointwiseMode_t. */
  int code() {
    return code;
  }
}
