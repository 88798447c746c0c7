package org.memo.step;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;
import org.memo.memory.SlabAllocator;

/** Buffers for whole units, and which of them each place of the step uses. */
final class UnitSlots {
  /** As few as let one be filled while the other is used. */
  private static final int PASSED_THROUGH = 2;

  private final List<Slot> slots = new ArrayList<>();
  private final IntUnaryOperator slotOfPlace;

  /**
   * One buffer.
   *
   * @param filled its content is ready for those who use it
   * @param consumed those who use it are done
   */
  record Slot(DeviceRegion region, Event filled, Event consumed) {}

  private UnitSlots(IntUnaryOperator slotOfPlace) {
    this.slotOfPlace = slotOfPlace;
  }

  /**
   * Two buffers that units pass through, neighbours in the step through different ones. The
   * embeddings alone take the head's, neighbours or not: with a large vocabulary these two units
   * are larger than a layer, and only one buffer has to be.
   *
   * @param placeBytes of the unit of each place, in the order of the forward pass
   */
  static UnitSlots passedThrough(
      Device device, SlabAllocator allocator, String name, long[] placeBytes) {
    int lastPlace = placeBytes.length - 1;
    UnitSlots result = new UnitSlots(place -> (place == 0 ? lastPlace : place) % PASSED_THROUGH);
    long[] largest = new long[PASSED_THROUGH];
    for (int place = 0; place < placeBytes.length; place++) {
      int index = result.slotOfPlace.applyAsInt(place);
      largest[index] = Math.max(largest[index], placeBytes[place]);
    }
    for (int i = 0; i < largest.length; i++) {
      result.add(device, name + " " + i, allocator.allocate(name + " " + i, largest[i]));
    }
    return result;
  }

  /**
   * A buffer of its own for each unit.
   *
   * @param unitBytes of each unit
   * @param unitOfPlace which unit a place uses
   */
  static UnitSlots oneEach(
      Device device,
      SlabAllocator allocator,
      String name,
      long[] unitBytes,
      IntUnaryOperator unitOfPlace) {
    UnitSlots result = new UnitSlots(unitOfPlace);
    long all = 0;
    for (long bytes : unitBytes) {
      all = Math.addExact(all, bytes);
    }
    DeviceRegion units = allocator.allocate(name, all);
    long offset = 0;
    for (int unit = 0; unit < unitBytes.length; unit++) {
      result.add(device, name + " of unit " + unit, units.slice(offset, unitBytes[unit]));
      offset += unitBytes[unit];
    }
    return result;
  }

  /** The slot of a place in the order of the forward pass. */
  Slot of(int place) {
    return slots.get(slotOfPlace.applyAsInt(place));
  }

  List<Slot> all() {
    return slots;
  }

  /** The place before this one that has the same slot; -1 where there is none. */
  int previousUser(int place) {
    int previous = place - 1;
    while (previous >= 0 && of(previous) != of(place)) {
      previous--;
    }
    return previous;
  }

  private void add(Device device, String name, DeviceRegion region) {
    slots.add(
        new Slot(
            region, device.createEvent(name + " filled"), device.createEvent(name + " consumed")));
  }
}
