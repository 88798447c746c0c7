package org.memo.device;

import java.lang.foreign.MemorySegment;

/**
 * Where a training step runs: a slab of memory reserved once, a pinned pool of host memory for
 * copies, streams and events. The step program is written against this interface alone.
 *
 * <p>A device is driven by one thread. {@link #close} waits for all streams, then frees both
 * memories.
 */
public interface Device extends AutoCloseable {
  /** What runs, for people: for example {@code host (avx512, 2 threads)}. */
  String name();

  /** The size of the slab; the regions that operations name lie in it. */
  long slabBytes();

  PinnedPool pool();

  Stream createStream(String name);

  /**
   * A stream of little work that others wait for: where a device cannot do all at once, it comes
   * before what waits on streams that are not urgent.
   */
  default Stream createUrgentStream(String name) {
    return createStream(name);
  }

  Event createEvent(String name);

  /** Copies into the slab and waits. Not for the steady step. Sizes must be equal. */
  void upload(MemorySegment source, DeviceRegion target);

  /** Copies out of the slab and waits. Not for the steady step. Sizes must be equal. */
  void download(DeviceRegion source, MemorySegment target);

  /** Reservations of device or pinned memory, and growths of scratch, since the device was made. */
  long allocations();

  @Override
  void close();
}
