package org.memo.device.cuda;

import org.memo.bindings.cuda.CudaQueue;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.device.DeviceRegion;

/** The stream that an engine queues its work on, and the device memory that it works with. */
public interface AttentionQueue {
  /** What the engine queues its work on. */
  CudaStreamHandle stream();

  /** The same as our own kernels take it. */
  CudaQueue kernelQueue();

  /** Where a region of the slab is. */
  DeviceAddress addressOf(DeviceRegion region);

  /** Scratch that only this stream uses, aligned to 256 bytes. */
  DeviceAddress workspace();

  /** At least what the engine asked for. */
  long workspaceBytes();
}
