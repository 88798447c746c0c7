package org.memo.benchmark.kernel;

import org.memo.device.DeviceRegion;

/** One of several copies of all buffers in the slab, each of which an operation may run on. */
record BufferSet(long offsetBytes) {
  DeviceRegion at(Buffer buffer) {
    return new DeviceRegion(offsetBytes + buffer.offsetBytes(), buffer.sizeBytes());
  }
}
