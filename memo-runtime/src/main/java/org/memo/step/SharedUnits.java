package org.memo.step;

import java.util.stream.IntStream;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.memory.SlabAllocator;
import org.memo.op.AllGather;
import org.memo.op.ReduceScatter;
import org.memo.op.ZeroFill;
import org.memo.planner.cost.ElementType;

/**
 * The units of sharded states while a micro-batch uses them (ZeRO's stage 3): parameters are
 * gathered ahead of their use, and gradients summed into the ranks' shards as the backward pass
 * leaves them, each on a stream of its own. A place is one in the step: the embeddings, each layer,
 * the head.
 */
final class SharedUnits {
  private final ModelStates states;
  private final Stream compute;
  private final Stream gather;
  private final Stream reduce;
  private final UnitSlots parameters;
  private final UnitSlots gradients;
  private int nextPlace; // to be gathered in the forward pass

  SharedUnits(ModelStates states, Stream compute, Device device, SlabAllocator allocator) {
    this.states = states;
    this.compute = compute;
    this.gather = device.createStream(StepProgram.GATHER);
    this.reduce = device.createStream(StepProgram.REDUCE);
    parameters = new UnitSlots(device, allocator, "gathered parameters", unitBytes(states.type()));
    gradients = new UnitSlots(device, allocator, "unit gradients", unitBytes(ElementType.F32));
  }

  /** The whole unit that a place computes with. */
  DeviceRegion parameters(int place) {
    return parameters.of(place).region();
  }

  /** The whole unit's gradients that a place adds to, f32. */
  DeviceRegion gradients(int place) {
    return gradients.of(place).region();
  }

  void beginMicroBatch() {
    parameters.all().forEach(slot -> compute.record(slot.consumed()));
    nextPlace = 0;
    gatherAfter(-1);
  }

  void beforeForward(int place) {
    compute.await(parameters.of(place).filled());
  }

  /** The last two places still hold their parameters when the backward pass begins. */
  void afterForward(int place) {
    if (place + 2 <= states.lastPlace()) {
      compute.record(parameters.of(place).consumed());
      gatherAfter(place);
    }
  }

  void beforeBackward(int place) {
    if (place > 0) { // the embeddings' backward pass needs no parameters
      beforeForward(place);
    }
    compute.await(gradients.of(place).consumed());
    compute.submit(new ZeroFill(unitGradients(place)));
  }

  void afterBackward(int place) {
    UnitSlots.Slot slot = gradients.of(place);
    compute.record(slot.filled());
    reduce.await(slot.filled());
    int unit = states.unitOf(place);
    reduce.submit(
        new ReduceScatter(
            unitGradients(place),
            states.gradientShard(unit),
            ElementType.F32,
            true,
            states.units().ranks()));
    reduce.record(slot.consumed());
    if (place > 2) {
      compute.record(parameters.of(place).consumed());
      gather(place - 2);
    }
  }

  /** The computation waits until all gradients are in their shards. */
  void finish() {
    gradients.all().forEach(slot -> compute.await(slot.consumed()));
  }

  /** Gathers ahead for the forward pass what has a slot once a place is done with its own. */
  private void gatherAfter(int place) {
    while (nextPlace <= states.lastPlace() && parameters.previousUser(nextPlace) <= place) {
      gather(nextPlace++);
    }
  }

  private void gather(int place) {
    UnitSlots.Slot slot = parameters.of(place);
    gather.await(slot.consumed());
    int unit = states.unitOf(place);
    gather.submit(
        new AllGather(
            states.parameterShard(unit),
            slot.region().elements(states.type(), 0, states.units().wholeElements(unit)),
            states.units().ranks()));
    gather.record(slot.filled());
  }

  /** Of the unit of each place, padded. */
  private long[] unitBytes(ElementType type) {
    return IntStream.rangeClosed(0, states.lastPlace())
        .mapToLong(place -> states.units().wholeElements(states.unitOf(place)))
        .map(elements -> Math.multiplyExact(elements, type.bytes()))
        .toArray();
  }

  private DeviceRegion unitGradients(int place) {
    return gradients(place).floats(0, states.units().wholeElements(states.unitOf(place)));
  }
}
