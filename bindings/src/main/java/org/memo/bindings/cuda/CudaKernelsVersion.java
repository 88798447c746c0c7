package org.memo.bindings.cuda;

import org.memo.bindings.cuda.generated.MemoCuda;

/** The version of the CUDA kernels' ABI that these bindings were made from. */
public final class CudaKernelsVersion {
  private CudaKernelsVersion() {}

  /** What the library must answer; needs no library itself. */
  public static int expected() {
    return MemoCuda.MEMO_CUDA_VERSION();
  }
}
