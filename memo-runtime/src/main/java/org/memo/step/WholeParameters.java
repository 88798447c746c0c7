package org.memo.step;

import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.memory.SlabAllocator;

/**
 * Parameters that every rank holds whole and that are gathered once a step, after the ranks have
 * updated their shares of them (ZeRO's stages 1 and 2). The next step begins before all are there.
 */
final class WholeParameters implements ParameterUnits {
  private final ModelStates states;
  private final Stream compute;
  private final UnitGather gather;
  private final UnitSlots slots;

  WholeParameters(
      ModelStates states,
      Stream compute,
      UnitGather gather,
      Device device,
      SlabAllocator allocator) {
    this.states = states;
    this.compute = compute;
    this.gather = gather;
    this.slots =
        UnitSlots.oneEach(
            device, allocator, "whole parameters", states.unitBytes(states.type()), states::unitOf);
  }

  @Override
  public DeviceRegion of(int place) {
    return slots.of(place).region();
  }

  @Override
  public void changed() {
    for (int unit = 0; unit < states.units().units().size(); unit++) {
      compute.record(slots.all().get(unit).consumed());
      gather.gather(unit, slots.all().get(unit));
    }
  }

  @Override
  public void beginMicroBatch() {}

  @Override
  public void beforeForward(int place) {
    compute.await(slots.of(place).filled());
  }

  @Override
  public void afterForward(int place) {}

  /** The head has no forward pass of its own: the loss goes both ways. */
  @Override
  public void beforeBackward(int place) {
    if (place == states.lastPlace()) {
      compute.await(slots.of(place).filled());
    }
  }

  @Override
  public void afterBackward(int place) {}
}
