package org.memo.device.cuda;

import org.jspecify.annotations.Nullable;
import org.memo.bindings.cuda.CudaFault;
import org.memo.bindings.cuda.CudaQueue;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.DeviceAddress;

/**
 * The device scratch of a stream, and what its kernels find wrong with their data. Both are
 * reserved when the first operation needs them: streams that only copy have none. Kernels, products
 * and attention share the scratch, as a stream runs one after the other.
 */
final class StreamScratch implements AutoCloseable {
  /** Enough for our kernels, and what cuBLAS takes by itself on Hopper. */
  static final long BYTES = Math.max(32L << 20, CudaQueue.workspaceBytes());

  private final CudaStreamHandle stream;
  private final int ordinal;
  private final AllocationCount allocations;
  private final HostWait waits;
  private final Runnable beforeMove;
  private @Nullable Reserved reserved;
  private DeviceAddress large = DeviceAddress.NONE;
  private long largeBytes = BYTES;

  private record Reserved(CudaQueue queue, DeviceAddress address) {}

  /**
   * @param beforeMove called before scratch that was given out is freed for larger one
   */
  StreamScratch(
      CudaStreamHandle stream,
      int ordinal,
      AllocationCount allocations,
      HostWait waits,
      Runnable beforeMove) {
    this.stream = stream;
    this.ordinal = ordinal;
    this.allocations = allocations;
    this.waits = waits;
    this.beforeMove = beforeMove;
  }

  CudaStreamHandle stream() {
    return stream;
  }

  CudaQueue queue() {
    return reserved().queue;
  }

  /** {@link #BYTES} of scratch. */
  DeviceAddress address() {
    return reserved().address;
  }

  /** Scratch of any size, for an engine that needs more; it grows once the stream has passed. */
  DeviceAddress atLeast(long sizeBytes) {
    if (sizeBytes <= BYTES) {
      return address();
    }
    if (sizeBytes > largeBytes) {
      waits.until(stream);
      if (large.value() != 0) {
        beforeMove.run();
      }
      freeLarge();
      large = SlabMemory.allocate(ordinal, "the scratch of attention", sizeBytes);
      largeBytes = sizeBytes;
      allocations.add(1);
    }
    return large;
  }

  /** What a kernel refused first since this was asked last; null where nothing was. */
  @Nullable CudaFault takeFault() {
    Reserved now = reserved;
    return now == null ? null : now.queue.takeFault().orElse(null);
  }

  /** The stream must have passed all that uses it. */
  @Override
  public void close() {
    Reserved now = reserved;
    reserved = null;
    try (ClosingStack owned = new ClosingStack()) {
      if (now != null) {
        owned.own(now.queue::close);
        owned.own(() -> CudaMemory.free(now.address));
      }
      owned.own(this::freeLarge);
    }
  }

  private void freeLarge() {
    DeviceAddress address = large;
    large = DeviceAddress.NONE;
    largeBytes = BYTES;
    if (address.value() != 0) {
      CudaMemory.free(address);
    }
  }

  private Reserved reserved() {
    Reserved now = reserved;
    if (now == null) {
      now = reserve();
      reserved = now;
    }
    return now;
  }

  private Reserved reserve() {
    DeviceAddress address = SlabMemory.allocate(ordinal, "the scratch of a stream", BYTES);
    try {
      Reserved made = new Reserved(new CudaQueue(stream, address, BYTES), address);
      allocations.add(2);
      return made;
    } catch (RuntimeException e) {
      CudaMemory.free(address);
      throw e;
    }
  }
}
