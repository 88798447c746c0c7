package org.memo.bindings.flash;

import org.memo.bindings.flash.generated.MemoFlash;

/** The version of the attention kernels' ABI that these bindings were made from. */
public final class FlashVersion {
  private FlashVersion() {}

  /** What the library must answer; needs no library itself. */
  public static int expected() {
    return MemoFlash.MEMO_FLASH_VERSION();
  }
}
