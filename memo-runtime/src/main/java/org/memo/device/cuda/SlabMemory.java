package org.memo.device.cuda;

import org.memo.DoesNotFitException;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.bindings.cudart.OutOfDeviceMemoryException;
import org.memo.device.DeviceRegion;

/** The slab: one reservation of a GPU's memory. */
final class SlabMemory implements AutoCloseable {
  private final DeviceAddress start;
  private final long sizeBytes;

  private SlabMemory(DeviceAddress start, long sizeBytes) {
    this.start = start;
    this.sizeBytes = sizeBytes;
  }

  /**
   * Reserves it on the current device.
   *
   * @throws DoesNotFitException when the GPU has less free
   */
  static SlabMemory reserve(int ordinal, long sizeBytes) {
    return new SlabMemory(allocate(ordinal, "the device slab", Math.max(1, sizeBytes)), sizeBytes);
  }

  /**
   * Device memory for whatever purpose, which the caller frees.
   *
   * @throws DoesNotFitException when the GPU has less free
   */
  static DeviceAddress allocate(int ordinal, String purpose, long sizeBytes) {
    try {
      return CudaMemory.allocate(purpose, sizeBytes);
    } catch (OutOfDeviceMemoryException e) {
      DoesNotFitException refused =
          new DoesNotFitException(
              "%s needs %d bytes of GPU %d, which has %d free: lower --device-memory, or end what else uses the GPU."
                  .formatted(purpose, sizeBytes, ordinal, e.bytesFree()),
              sizeBytes,
              e.bytesFree());
      refused.initCause(e);
      throw refused;
    }
  }

  long sizeBytes() {
    return sizeBytes;
  }

  /**
   * Where a region starts.
   *
   * @throws IndexOutOfBoundsException when it reaches past the slab
   */
  DeviceAddress at(DeviceRegion region) {
    if (region.sizeBytes() > sizeBytes - region.offsetBytes()) {
      throw new IndexOutOfBoundsException(
          "offsetBytes=%d sizeBytes=%d is outside the slab of %d bytes"
              .formatted(region.offsetBytes(), region.sizeBytes(), sizeBytes));
    }
    return start.plus(region.offsetBytes());
  }

  @Override
  public void close() {
    CudaMemory.free(start);
  }
}
