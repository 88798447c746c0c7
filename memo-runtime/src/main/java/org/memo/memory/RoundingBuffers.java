package org.memo.memory;

import java.util.ArrayList;
import java.util.List;
import org.memo.device.Device;

/**
 * A ring of equal {@link RoundingSlot}s. Two of them let one be copied while the other is computed
 * on; with one tile for the whole sequence they are the paper's two rounding buffers, of which
 * layer i uses number i % 2.
 */
public final class RoundingBuffers {
  private final List<RoundingSlot> slots = new ArrayList<>();

  public RoundingBuffers(
      Device device, SlabAllocator allocator, String name, int count, long slotBytes) {
    for (int i = 0; i < count; i++) {
      String slotName = name + " " + i;
      slots.add(RoundingSlot.create(device, slotName, allocator.allocate(slotName, slotBytes)));
    }
  }

  /** The slot of the {@code index}-th user of the ring. */
  public RoundingSlot slot(long index) {
    return slots.get(Math.toIntExact(index % slots.size()));
  }
}
