package org.memo.bindings.cuda;

import org.memo.bindings.NativeCallException;
import org.memo.bindings.cuda.generated.MemoCuda;
import org.memo.bindings.cudart.CudaException;

/** The status codes of memo_cuda.h as exceptions; for our other CUDA libraries, too. */
public final class CudaKernelStatus {
  private CudaKernelStatus() {}

  /** What a call that succeeded returns, of any of our CUDA libraries. */
  public static int ok() {
    return MemoCuda.MEMO_OK();
  }

  /**
   * The exception for a call of this thread that has just returned {@code status}.
   *
   * @param text the library's explanation
   * @param names the arguments' names, separated by blanks
   */
  public static NativeCallException failure(
      String call, int status, String text, String names, Object... values) {
    return status >= MemoCuda.MEMO_CUDA_ERROR()
        ? CudaException.of(call, status - MemoCuda.MEMO_CUDA_ERROR(), names, values)
        : NativeCallException.of(call, status, name(status), text, names, values);
  }

  /** As above, for a call of libmemo_cuda.so, which is asked for its explanation. */
  static NativeCallException failure(String call, int status, String names, Object... values) {
    // memo_cuda_last_error is never NULL and ends with a zero byte
    String text = MemoCuda.memo_cuda_last_error().getString(0);
    return failure(call, status, text, names, values);
  }

  private static String name(int status) {
    if (status == MemoCuda.MEMO_INVALID_ARGUMENT()) {
      return "MEMO_INVALID_ARGUMENT";
    }
    if (status == MemoCuda.MEMO_OUT_OF_MEMORY()) {
      return "MEMO_OUT_OF_MEMORY";
    }
    return status == MemoCuda.MEMO_UNSUPPORTED() ? "MEMO_UNSUPPORTED" : "unknown error";
  }
}
