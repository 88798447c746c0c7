package org.memo.step;

import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.memory.SlabAllocator;

/**
 * The units of sharded states while a step uses them (ZeRO): whole parameters gathered from the
 * ranks' shares, whole gradients summed into them, each on a stream of its own. A place is one in
 * the step: the embeddings, each layer, the head.
 */
final class SharedUnits {
  private final ParameterUnits parameters;
  private final GradientUnits gradients;

  SharedUnits(
      ModelStates states,
      ShardLevel level,
      Stream compute,
      Device device,
      SlabAllocator allocator) {
    UnitGather gather = new UnitGather(states, device.createUrgentStream(StepProgram.GATHER));
    UnitReduce reduce =
        new UnitReduce(states, compute, device.createUrgentStream(StepProgram.REDUCE));
    parameters =
        level == ShardLevel.PARAMETERS
            ? new GatheredParameters(states, compute, gather, device, allocator)
            : new WholeParameters(states, compute, gather, device, allocator);
    gradients =
        level == ShardLevel.OPTIMIZER
            ? new WholeGradients(states, compute, reduce, device, allocator)
            : new ScatteredGradients(states, compute, reduce, device, allocator);
  }

  /** The whole unit that a place computes with. */
  DeviceRegion parameters(int place) {
    return parameters.of(place);
  }

  /** The whole unit's gradients that a place adds to, f32. */
  DeviceRegion gradients(int place) {
    return gradients.of(place);
  }

  /** The ranks' shares of the parameters have new values. */
  void parametersChanged() {
    parameters.changed();
  }

  void beginStep() {
    gradients.beginStep();
  }

  void beginMicroBatch() {
    parameters.beginMicroBatch();
  }

  void beforeForward(int place) {
    parameters.beforeForward(place);
  }

  void afterForward(int place) {
    parameters.afterForward(place);
  }

  void beforeBackward(int place) {
    parameters.beforeBackward(place);
    gradients.beforeBackward(place);
  }

  void afterBackward(int place) {
    gradients.afterBackward(place);
    parameters.afterBackward(place);
  }

  /** The computation waits until all gradients are in their shards. */
  void finish() {
    gradients.finish();
  }
}
