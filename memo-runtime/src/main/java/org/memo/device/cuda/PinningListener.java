package org.memo.device.cuda;

/** Is told how far the pinning of host memory is, which takes seconds for each ten gigabytes. */
@FunctionalInterface
public interface PinningListener {
  /** Called after each piece, in the thread that opens the device. */
  void pinned(long pinnedBytes, long totalBytes);
}
