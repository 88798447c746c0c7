package org.memo.bindings.kernels;

import org.memo.bindings.NativeCallException;
import org.memo.bindings.StorageType;
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

  /** Throws unless the call of this thread that has just returned {@code status} went well. */
  static void check(String call, int status, String names, Object... values) {
    if (status != MemoKernels.MEMO_OK()) {
      throw failure(call, status, names, values);
    }
  }

  /** The same, of a call that there is for each type. */
  static void check(StorageType type, String call, int status, String names, Object... values) {
    if (status != MemoKernels.MEMO_OK()) {
      throw failure(
          type == StorageType.F32 ? call + "_f32" : call + "_bf16", status, names, values);
    }
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
