package org.memo.step;

import java.util.List;
import java.util.stream.LongStream;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;
import org.memo.memory.SlabAllocator;

/**
 * Two buffers that whole units pass through, neighbours in the step through different ones. The
 * embeddings alone take the head's, neighbours or not: with a large vocabulary these two units are
 * larger than a layer, and only one buffer has to be.
 */
final class UnitSlots {
  private static final int COUNT = 2;

  private final List<Slot> slots;
  private final int lastPlace;

  /**
   * One buffer.
   *
   * @param filled its content is ready for those who use it
   * @param consumed those who use it are done
   */
  record Slot(DeviceRegion region, Event filled, Event consumed) {}

  /**
   * Both buffers.
   *
   * @param unitBytes of the unit of each place, in the order of the forward pass
   */
  UnitSlots(Device device, SlabAllocator allocator, String name, long[] unitBytes) {
    lastPlace = unitBytes.length - 1;
    slots =
        List.of(
            slot(device, allocator, name + " 0", largest(unitBytes, 0)),
            slot(device, allocator, name + " 1", largest(unitBytes, 1)));
  }

  /** The slot of a place in the order of the forward pass. */
  Slot of(int place) {
    return slots.get(index(place));
  }

  List<Slot> all() {
    return slots;
  }

  /** The place before this one that has the same slot; -1 where there is none. */
  int previousUser(int place) {
    int previous = place - 1;
    while (previous >= 0 && index(previous) != index(place)) {
      previous--;
    }
    return previous;
  }

  private int index(int place) {
    return (place == 0 ? lastPlace : place) % COUNT;
  }

  private long largest(long[] unitBytes, int index) {
    return LongStream.range(0, unitBytes.length)
        .filter(place -> index((int) place) == index)
        .map(place -> unitBytes[(int) place])
        .max()
        .orElse(0);
  }

  private static Slot slot(Device device, SlabAllocator allocator, String name, long bytes) {
    return new Slot(
        allocator.allocate(name, bytes),
        device.createEvent(name + " filled"),
        device.createEvent(name + " consumed"));
  }
}
