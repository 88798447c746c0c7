package org.memo.bindings.kernels;

import org.memo.bindings.NativeCallException;
import org.memo.bindings.kernels.generated.MemoKernels;

/** The status codes of memo_kernels.h as exceptions. */
final class KernelStatus {
  private KernelStatus() {}

  /**
   * The exception for a call of this thread that has just returned {@code status}.
   *
   * @param names the arguments' names, separated by blanks
   */
  static NativeCallException failure(String call, int status, String names, Object... values) {
    // memo_last_error is never NULL and ends with a zero byte
    String text = MemoKernels.memo_last_error().getString(0);
    return NativeCallException.of(call, status, name(status), text, names, values);
  }

  static String name(int status) {
    if (status == MemoKernels.MEMO_INVALID_ARGUMENT()) {
      return "MEMO_INVALID_ARGUMENT";
    }
    if (status == MemoKernels.MEMO_OUT_OF_MEMORY()) {
      return "MEMO_OUT_OF_MEMORY";
    }
    if (status == MemoKernels.MEMO_UNSUPPORTED()) {
      return "MEMO_UNSUPPORTED";
    }
    return "unknown error";
  }
}
