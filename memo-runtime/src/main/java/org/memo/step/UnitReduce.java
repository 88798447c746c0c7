package org.memo.step;

import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.op.ReduceScatter;
import org.memo.planner.cost.ElementType;

/**
 * Adds whole units of gradients, summed over the ranks, to the ranks' shares.
 *
 * @param stream of its own, beside the computation
 */
record UnitReduce(ModelStates states, Stream compute, Stream stream) {

  /** Takes a unit's gradients as the computation has left them. */
  void reduce(int unit, UnitSlots.Slot slot) {
    compute.record(slot.filled());
    stream.await(slot.filled());
    stream.submit(
        new ReduceScatter(
            unit(unit, slot),
            states.gradientShard(unit),
            ElementType.F32,
            true,
            states.units().ranks()));
    stream.record(slot.consumed());
  }

  /** A unit's part of a slot, which may be larger. */
  DeviceRegion unit(int unit, UnitSlots.Slot slot) {
    return slot.region().floats(0, states.units().wholeElements(unit));
  }
}
