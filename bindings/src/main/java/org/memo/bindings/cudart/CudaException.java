package org.memo.bindings.cudart;

import org.memo.bindings.NativeCallException;
import org.memo.bindings.cudart.generated.CudaRt;

/**
 * A call of the CUDA runtime that failed. A failed launch may belong to a kernel before; the
 * message says so where that is likely.
 */
public final class CudaException extends NativeCallException {
  private static final long serialVersionUID = 1L;

  private CudaException(String call, int code, String names, Object... values) {
    super(call, code, name(code), text(code), advice(code), names, values);
  }

  /**
   * The exception for a call of this thread that has just returned {@code code}. Clears the
   * thread's last error, so that no later call reports it again; an error that has ended the
   * device's work, such as an illegal address, stays.
   *
   * @param names the arguments' names, separated by blanks
   */
  public static CudaException of(String call, int code, String names, Object... values) {
    clearLastError();
    return new CudaException(call, code, names, values);
  }

  /** The name of a {@code cudaError_t}: "cudaErrorInvalidValue". */
  public static String name(int code) {
    return CudaRt.cudaGetErrorName(code).getString(0);
  }

  /** CUDA's explanation of a {@code cudaError_t}. */
  public static String text(int code) {
    return CudaRt.cudaGetErrorString(code).getString(0);
  }

  static int clearLastError() {
    return CudaRt.cudaGetLastError();
  }

  /** Errors that a kernel raises surface at whatever call comes next. */
  private static String advice(int code) {
    boolean ofKernel =
        code == CudaRt.cudaErrorIllegalAddress()
            || code == CudaRt.cudaErrorLaunchFailure()
            || code == CudaRt.cudaErrorLaunchTimeout()
            || code == CudaRt.cudaErrorAssert();
    return ofKernel
        ? " (a kernel launched earlier may be the cause: CUDA_LAUNCH_BLOCKING=1 makes each report"
            + " its own)"
        : "";
  }
}
