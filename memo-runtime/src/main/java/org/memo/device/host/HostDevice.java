package org.memo.device.host;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.memo.bindings.NativeLibraries;
import org.memo.bindings.OutOfHostMemoryException;
import org.memo.bindings.kernels.HostMemory;
import org.memo.bindings.kernels.Kernels;
import org.memo.collective.Collectives;
import org.memo.collective.SingleRank;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;
import org.memo.device.PinnedPool;
import org.memo.device.Stream;

/**
 * The CPU as a device. Its slab and its pool are two reservations of ordinary memory; physical
 * pages are taken when they are first touched.
 */
public final class HostDevice implements Device {
  private final HostMemory slab;
  private final HostMemory poolMemory;
  private final PinnedPool pool;
  private final int threads;
  private final Collectives collectives;
  private final long scratchAllocationsBefore;
  private final List<HostStream> streams = new ArrayList<>();
  private final List<HostOperations> executors = new ArrayList<>();

  /** A device of a group of one. */
  public HostDevice(long slabBytes, long poolBytes, int threads) {
    this(slabBytes, poolBytes, threads, new SingleRank());
  }

  /**
   * Reserves the memories.
   *
   * @param threads of the kernels of each stream, 1 or more
   * @param collectives of this device's rank: each stream has the channels of its name, and an
   *     operation that fails lets the group fail
   * @throws org.memo.bindings.MissingLibraryException when a native library cannot be loaded
   * @throws org.memo.bindings.OutOfHostMemoryException when the machine has less memory
   */
  public HostDevice(long slabBytes, long poolBytes, int threads, Collectives collectives) {
    NativeLibraries.load();
    this.threads = threads;
    this.collectives = collectives;
    this.scratchAllocationsBefore = Kernels.scratchAllocations();
    requireFree(Math.addExact(slabBytes, poolBytes));
    this.slab = HostMemory.reserve("the device slab", Math.max(1, slabBytes));
    try {
      this.poolMemory = HostMemory.reserve("the host pool", Math.max(1, poolBytes));
    } catch (RuntimeException e) {
      slab.close();
      throw e;
    }
    this.pool = new PinnedPool(poolMemory.segment());
  }

  @Override
  public String name() {
    return "host (%s, %d threads)".formatted(Kernels.isa(), threads);
  }

  @Override
  public long slabBytes() {
    return slab.sizeBytes();
  }

  @Override
  public PinnedPool pool() {
    return pool;
  }

  @Override
  public Stream createStream(String name) {
    HostOperations executor = new HostOperations(slab.segment(), pool, collectives, name);
    HostStream stream =
        new HostStream(
            name, () -> Kernels.setNumThreads(threads), executor::run, collectives::fail);
    executors.add(executor);
    streams.add(stream);
    return stream;
  }

  @Override
  public Event createEvent(String name) {
    return new HostEvent(name);
  }

  @Override
  public void upload(MemorySegment source, DeviceRegion target) {
    requireEqual(source, target);
    MemorySegment.copy(source, 0, slab.segment(), target.offsetBytes(), target.sizeBytes());
  }

  @Override
  public void download(DeviceRegion source, MemorySegment target) {
    requireEqual(target, source);
    MemorySegment.copy(slab.segment(), source.offsetBytes(), target, 0, source.sizeBytes());
  }

  @Override
  public long allocations() {
    long products = executors.stream().mapToLong(HostOperations::scratchGrowths).sum();
    return 2 + products + Kernels.scratchAllocations() - scratchAllocationsBefore;
  }

  @Override
  public void close() {
    streams.forEach(HostStream::close);
    try (slab;
        poolMemory) {
      executors.forEach(HostOperations::close);
    }
  }

  /** Neither memory takes pages before it is used, so each alone would seem to fit. */
  private static void requireFree(long sizeBytes) {
    long bytesFree = HostMemory.bytesFree();
    if (bytesFree >= 0 && sizeBytes > bytesFree) {
      throw new OutOfHostMemoryException("the device slab and the host pool", sizeBytes, bytesFree);
    }
  }

  private static void requireEqual(MemorySegment segment, DeviceRegion region) {
    if (segment.byteSize() != region.sizeBytes()) {
      throw new IllegalArgumentException(
          "segment of %d bytes, region of %d".formatted(segment.byteSize(), region.sizeBytes()));
    }
  }
}
