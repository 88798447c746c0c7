package org.memo.step;

import java.util.List;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;
import org.memo.memory.SlabAllocator;

/** Two buffers that whole units pass through, neighbours in the step through different ones. */
final class UnitSlots {
  private static final int COUNT = 2;

  private final List<Slot> slots;

  /**
   * One buffer.
   *
   * @param filled its content is ready for those who use it
   * @param consumed those who use it are done
   */
  record Slot(DeviceRegion region, Event filled, Event consumed) {}

  UnitSlots(Device device, SlabAllocator allocator, String name, long slotBytes) {
    slots =
        List.of(
            slot(device, allocator, name + " 0", slotBytes),
            slot(device, allocator, name + " 1", slotBytes));
  }

  /** The slot of a place in the order of the forward pass. */
  Slot of(int place) {
    return slots.get(place % COUNT);
  }

  List<Slot> all() {
    return slots;
  }

  private static Slot slot(Device device, SlabAllocator allocator, String name, long bytes) {
    return new Slot(
        allocator.allocate(name, bytes),
        device.createEvent(name + " filled"),
        device.createEvent(name + " consumed"));
  }
}
