package org.memo.step;

import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.memory.SlabAllocator;
import org.memo.op.ZeroFill;
import org.memo.planner.cost.ElementType;

/**
 * Gradients that are summed into the ranks' shares as the backward pass leaves them (ZeRO's stages
 * 2 and 3), through two slots.
 */
final class ScatteredGradients implements GradientUnits {
  private final ModelStates states;
  private final Stream compute;
  private final UnitReduce reduce;
  private final UnitSlots slots;

  ScatteredGradients(
      ModelStates states,
      Stream compute,
      UnitReduce reduce,
      Device device,
      SlabAllocator allocator) {
    this.states = states;
    this.compute = compute;
    this.reduce = reduce;
    this.slots =
        UnitSlots.passedThrough(
            device, allocator, "unit gradients", states.placeBytes(ElementType.F32));
  }

  @Override
  public DeviceRegion of(int place) {
    return slots.of(place).region();
  }

  @Override
  public void beginStep() {}

  @Override
  public void beforeBackward(int place) {
    UnitSlots.Slot slot = slots.of(place);
    compute.await(slot.consumed());
    compute.submit(new ZeroFill(reduce.unit(states.unitOf(place), slot)));
  }

  @Override
  public void afterBackward(int place) {
    reduce.reduce(states.unitOf(place), slots.of(place));
  }

  @Override
  public void finish() {
    slots.all().forEach(slot -> compute.await(slot.consumed()));
  }
}
