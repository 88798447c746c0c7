package org.memo.step;

import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.memory.SlabAllocator;

/**
 * Parameters that are gathered ahead of each use and dropped after it (ZeRO's stage 3), through two
 * slots.
 */
final class GatheredParameters implements ParameterUnits {
  private final ModelStates states;
  private final Stream compute;
  private final UnitGather gather;
  private final UnitSlots slots;
  private int nextPlace; // to be gathered in the forward pass

  GatheredParameters(
      ModelStates states,
      Stream compute,
      UnitGather gather,
      Device device,
      SlabAllocator allocator) {
    this.states = states;
    this.compute = compute;
    this.gather = gather;
    this.slots =
        UnitSlots.passedThrough(
            device, allocator, "gathered parameters", states.placeBytes(states.type()));
  }

  @Override
  public DeviceRegion of(int place) {
    return slots.of(place).region();
  }

  /** They are gathered again before they are used. */
  @Override
  public void changed() {}

  @Override
  public void beginMicroBatch() {
    slots.all().forEach(slot -> compute.record(slot.consumed()));
    nextPlace = 0;
    gatherAfter(-1);
  }

  @Override
  public void beforeForward(int place) {
    compute.await(slots.of(place).filled());
  }

  /** The last two places still hold their parameters when the backward pass begins. */
  @Override
  public void afterForward(int place) {
    if (place + 2 <= states.lastPlace()) {
      compute.record(slots.of(place).consumed());
      gatherAfter(place);
    }
  }

  @Override
  public void beforeBackward(int place) {
    if (place > 0) { // the embeddings' backward pass needs no parameters
      beforeForward(place);
    }
  }

  @Override
  public void afterBackward(int place) {
    if (place > 2) {
      compute.record(slots.of(place).consumed());
      gather(place - 2);
    }
  }

  /** Gathers ahead for the forward pass what has a slot once a place is done with its own. */
  private void gatherAfter(int place) {
    while (nextPlace <= states.lastPlace() && slots.previousUser(nextPlace) <= place) {
      gather(nextPlace++);
    }
  }

  private void gather(int place) {
    gather.gather(states.unitOf(place), slots.of(place));
  }
}
