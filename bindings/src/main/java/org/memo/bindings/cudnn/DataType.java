package org.memo.bindings.cudnn;

import org.memo.bindings.cudnn.generated.Cudnn;

/** The type of a tensor's elements. */
public enum DataType {
  F32(Cudnn.CUDNN_DATA_FLOAT()),
  BF16(Cudnn.CUDNN_DATA_BFLOAT16()),
  I32(Cudnn.CUDNN_DATA_INT32()),
  I64(Cudnn.CUDNN_DATA_INT64()),
  BOOLEAN(Cudnn.CUDNN_DATA_BOOLEAN());

  private final int code;

  DataType(int code) {
    this.code = code;
  }

  /** Its cudnnDataType_t. */
  int code() {
    return code;
  }
}
