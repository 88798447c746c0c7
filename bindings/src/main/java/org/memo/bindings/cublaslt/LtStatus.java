package org.memo.bindings.cublaslt;

import org.memo.bindings.NativeCallException;
import org.memo.bindings.cublaslt.generated.CublasLt;

/** What a call of cuBLASLt answers. */
final class LtStatus {
  private LtStatus() {}

  static void check(int status, String call) {
    if (isError(status)) {
      throw failure(call, status, "");
    }
  }

  static boolean isError(int status) {
    return status != CublasLt.CUBLAS_STATUS_SUCCESS();
  }

  /** {@code names}: the arguments' names, separated by blanks. */
  static NativeCallException failure(String call, int status, String names, Object... values) {
    return NativeCallException.of(call, status, name(status), text(status), names, values);
  }

  /** "CUBLAS_STATUS_INVALID_VALUE". */
  static String name(int status) {
    return CublasLt.cublasLtGetStatusName(status).getString(0);
  }

  private static String text(int status) {
    String text = CublasLt.cublasLtGetStatusString(status).getString(0);
    return text.equals(name(status)) ? "" : text;
  }
}
