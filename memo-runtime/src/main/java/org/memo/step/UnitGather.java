package org.memo.step;

import org.memo.device.Stream;
import org.memo.op.AllGather;

/**
 * Gathers whole units of parameters from the ranks' shares.
 *
 * @param stream of its own, beside the computation
 */
record UnitGather(ModelStates states, Stream stream) {

  /** Fills a slot with a unit once the slot is free. */
  void gather(int unit, UnitSlots.Slot slot) {
    stream.await(slot.consumed());
    stream.submit(
        new AllGather(
            states.parameterShard(unit),
            slot.region().elements(states.type(), 0, states.units().wholeElements(unit)),
            states.units().ranks()));
    stream.record(slot.filled());
  }
}
