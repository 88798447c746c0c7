package org.memo.bindings.kernels;

import org.memo.bindings.kernels.generated.MemoKernels;

/** The version of the kernels' ABI that these bindings were made from. */
public final class KernelsVersion {
  private KernelsVersion() {}

  /** What the library must answer; needs no library itself. */
  public static int expected() {
    return MemoKernels.MEMO_KERNELS_VERSION();
  }
}
