package org.memo.device.cuda;

import java.util.Set;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.cudart.CudaException;

/** Errors that CUDA reports at whatever call comes after the kernel that made them. */
final class AsynchronousErrors {
  /**
   * The uncorrectable ECC and NVLink errors, the illegal address, the time-out of a launch, the
   * assertion and what a kernel that ran wild raises, of {@code cudaError_t}.
   */
  private static final Set<Integer> CODES =
      Set.of(214, 220, 700, 702, 710, 714, 715, 716, 717, 718, 719, 720);

  private AsynchronousErrors() {}

  /** What to add to the message: how to learn which operation failed, or nothing. */
  static String advice(RuntimeException failure, boolean synchronous) {
    boolean mayBeOfAnEarlierOne =
        failure instanceof CudaException cuda && CODES.contains(code(cuda));
    if (!mayBeOfAnEarlierOne || synchronous) {
      return "";
    }
    return "; an operation before it, on any stream, may be the cause: %s=1 waits after each and names the one"
        .formatted(CudaOptions.SYNC);
  }

  private static int code(NativeCallException failure) {
    return failure.code();
  }
}
