package org.memo.step;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;
import org.memo.device.HostRegion;
import org.memo.device.PinnedPool;
import org.memo.device.Stream;
import org.memo.memory.SlabAllocator;
import org.memo.op.CopyToDevice;

/**
 * The inputs of a micro-batch: filled by the host in the pinned pool, then copied to the slab. Two
 * buffers in the pool, so that one can be filled while the other is in use.
 */
public final class InputStaging {
  private final DeviceInputs device;
  private final List<Buffer> buffers;
  private final PinnedPool pool;
  private int next;

  /**
   * The inputs in the slab.
   *
   * @param tokens [T] i32
   * @param targets [T] i32, negative where the token does not count
   * @param positions [T] i32
   * @param segmentOffsets [segments + 1] i64, of which the micro-batch's segments use the first
   */
  record DeviceInputs(
      DeviceRegion tokens,
      DeviceRegion targets,
      DeviceRegion positions,
      DeviceRegion segmentOffsets) {}

  /** One buffer of inputs in the pinned pool; the layouts are those of the slab's. */
  public final class Buffer {
    private final HostRegion tokens;
    private final HostRegion targets;
    private final HostRegion positions;
    private final HostRegion segmentOffsets;
    private final Event copied;

    private Buffer(Device owner, String name, long count, long segments) {
      tokens = pool.allocate(name + " tokens", count * Integer.BYTES);
      targets = pool.allocate(name + " targets", count * Integer.BYTES);
      positions = pool.allocate(name + " positions", count * Integer.BYTES);
      segmentOffsets = pool.allocate(name + " segment offsets", (segments + 1) * Long.BYTES);
      copied = owner.createEvent(name + " copied");
    }

    public MemorySegment tokens() {
      return pool.segment(tokens);
    }

    public MemorySegment targets() {
      return pool.segment(targets);
    }

    public MemorySegment positions() {
      return pool.segment(positions);
    }

    public MemorySegment segmentOffsets() {
      return pool.segment(segmentOffsets);
    }

    /** Copies the inputs to the slab, of the segment offsets the first {@code numOffsets}. */
    void copy(Stream stream, long numOffsets) {
      stream.submit(new CopyToDevice(tokens, device.tokens()));
      stream.submit(new CopyToDevice(targets, device.targets()));
      stream.submit(new CopyToDevice(positions, device.positions()));
      long bytes = numOffsets * Long.BYTES;
      stream.submit(
          new CopyToDevice(
              segmentOffsets.slice(0, bytes), device.segmentOffsets().slice(0, bytes)));
      stream.record(copied);
    }
  }

  /**
   * @param tokens T
   * @param segments at most
   */
  InputStaging(Device owner, SlabAllocator allocator, long tokens, long segments) {
    long intBytes = Math.multiplyExact(tokens, Integer.BYTES);
    this.device =
        new DeviceInputs(
            allocator.allocate("tokens", intBytes),
            allocator.allocate("targets", intBytes),
            allocator.allocate("positions", intBytes),
            allocator.allocate("segment offsets", Math.multiplyExact(segments + 1, Long.BYTES)));
    this.pool = owner.pool();
    this.buffers =
        List.of(
            new Buffer(owner, "input 0", tokens, segments),
            new Buffer(owner, "input 1", tokens, segments));
  }

  /** The next buffer to fill; waits until its previous content has been copied. */
  public Buffer nextBuffer() {
    Buffer buffer = buffers.get(next);
    next = (next + 1) % buffers.size();
    buffer.copied.synchronize();
    return buffer;
  }

  DeviceInputs device() {
    return device;
  }
}
