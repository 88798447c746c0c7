package org.memo.device.cuda;

import org.memo.bindings.cuda.CudaQueue;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.device.DeviceRegion;

/** What an engine is given of a stream, with as much scratch as it asked for. */
record StreamAttention(SlabMemory slab, StreamScratch scratch, long workspaceBytes)
    implements AttentionQueue {
  @Override
  public CudaStreamHandle stream() {
    return scratch.stream();
  }

  @Override
  public CudaQueue kernelQueue() {
    return scratch.queue();
  }

  @Override
  public DeviceAddress addressOf(DeviceRegion region) {
    return slab.at(region);
  }

  @Override
  public DeviceAddress workspace() {
    return scratch.atLeast(workspaceBytes);
  }
}
