package org.memo.device.cuda;

import org.memo.device.DeviceRegion;

/** The stream that an engine queues its work on, and the device memory that it works with. */
public interface AttentionQueue {
  /** The {@code cudaStream_t}. */
  long stream();

  /** The device address of a region of the slab. */
  long addressOf(DeviceRegion region);

  /** The device address of scratch that only this stream uses, aligned to 256 bytes. */
  long workspace();

  /** At least what the engine asked for. */
  long workspaceBytes();
}
