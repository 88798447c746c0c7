package org.memo.step;

import java.util.BitSet;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.memory.SlabAllocator;
import org.memo.op.ZeroFill;
import org.memo.planner.cost.ElementType;

/**
 * Gradients that every rank adds up whole over a step's micro-batches, and that are summed into the
 * ranks' shares at its end (ZeRO's stage 1).
 */
final class WholeGradients implements GradientUnits {
  private final ModelStates states;
  private final Stream compute;
  private final UnitReduce reduce;
  private final UnitSlots slots;
  private final BitSet begun = new BitSet(); // units that hold gradients of this step

  WholeGradients(
      ModelStates states,
      Stream compute,
      UnitReduce reduce,
      Device device,
      SlabAllocator allocator) {
    this.states = states;
    this.compute = compute;
    this.reduce = reduce;
    this.slots =
        UnitSlots.oneEach(
            device,
            allocator,
            "whole gradients",
            states.unitBytes(ElementType.F32),
            states::unitOf);
  }

  @Override
  public DeviceRegion of(int place) {
    return slots.of(place).region();
  }

  @Override
  public void beginStep() {
    begun.clear();
  }

  @Override
  public void beforeBackward(int place) {
    int unit = states.unitOf(place);
    if (!begun.get(unit)) {
      begun.set(unit);
      compute.await(slots.of(place).consumed());
      compute.submit(new ZeroFill(of(place)));
    }
  }

  @Override
  public void afterBackward(int place) {}

  @Override
  public void finish() {
    for (int unit = 0; unit < states.units().units().size(); unit++) {
      reduce.reduce(unit, slots.all().get(unit));
    }
    slots.all().forEach(slot -> compute.await(slot.consumed()));
  }
}
