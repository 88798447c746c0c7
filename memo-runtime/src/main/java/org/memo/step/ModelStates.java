package org.memo.step;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.layer.Weight;
import org.memo.memory.SlabAllocator;
import org.memo.model.ParameterLayout;
import org.memo.model.ParameterLayout.Block;
import org.memo.op.AdamW;
import org.memo.op.AdamWStep;
import org.memo.op.AllReduce;
import org.memo.op.AllReduceDoubles;
import org.memo.op.Cast;
import org.memo.op.SumOfSquares;
import org.memo.op.ZeroFill;
import org.memo.planner.cost.ElementType;

/**
 * The model's states in the slab: flat vectors, matrices first and then the {@link
 * ParameterLayout}'s vectors. Where the ranks share states, the matrices are this rank's shards of
 * the {@link StateUnits}.
 */
public final class ModelStates {
  private final ParameterLayout layout;
  private final ElementType type;
  private final int ranks;
  private final StateUnits units;
  private final Stream compute;
  private final DeviceRegion parameters; // f32
  private final DeviceRegion computing; // the parameters in the type that computes
  private final DeviceRegion gradients; // f32
  private final DeviceRegion firstMoment; // f32
  private final DeviceRegion secondMoment; // f32
  private final @Nullable SharedUnits shared;

  ModelStates(
      ParameterLayout layout,
      StepSettings settings,
      Stream compute,
      Device device,
      SlabAllocator allocator) {
    ShardLevel level = settings.ranks().shard();
    boolean sharded = level != ShardLevel.NONE;
    this.layout = layout;
    this.type = settings.type();
    this.ranks = settings.ranks().ranks();
    this.units = StateUnits.of(layout, sharded ? ranks : 1);
    this.compute = compute;
    long elements = units.shardElements() + units.vectorElements();
    long bytes = Math.multiplyExact(elements, Float.BYTES);
    parameters = allocator.allocate("parameters", bytes);
    computing =
        type == ElementType.F32
            ? parameters
            : allocator.allocate("computing parameters", elements * type.bytes());
    gradients = allocator.allocate("gradients", bytes);
    firstMoment = allocator.allocate("first moment", bytes);
    secondMoment = allocator.allocate("second moment", bytes);
    shared = sharded ? new SharedUnits(this, level, compute, device, allocator) : null;
  }

  public ParameterLayout layout() {
    return layout;
  }

  /** The rank's parameters in f32, which the optimizer updates. */
  public DeviceRegion parameters() {
    return parameters;
  }

  public DeviceRegion firstMoment() {
    return firstMoment;
  }

  public DeviceRegion secondMoment() {
    return secondMoment;
  }

  /**
   * Copies what a rank holds from a vector of the {@link #layout} to one of the states, and waits;
   * parameters are rounded into the copy that computes as well. Not for the steady step.
   *
   * @param whole [{@link ParameterLayout#elements}] f32
   * @param rank whose states these are
   * @param state {@link #parameters}, {@link #firstMoment} or {@link #secondMoment}
   */
  public void upload(Device device, MemorySegment whole, int rank, DeviceRegion state) {
    for (StateUnits.Share share : shares(rank)) {
      device.upload(part(whole, share), state.floats(share.localStart(), share.elements()));
    }
    if (state.equals(parameters) && type != ElementType.F32) {
      long elements = parameters.sizeBytes() / Float.BYTES;
      compute.submit(new Cast(parameters, computing, elements, type));
    }
    if (state.equals(parameters) && shared != null) {
      shared.parametersChanged();
    }
  }

  /** The way back: fills the part of the vector that the rank holds, and leaves the others. */
  public void download(Device device, DeviceRegion state, int rank, MemorySegment whole) {
    for (StateUnits.Share share : shares(rank)) {
      device.download(state.floats(share.localStart(), share.elements()), part(whole, share));
    }
  }

  private List<StateUnits.Share> shares(int rank) {
    return units.shares(shared == null ? 0 : rank);
  }

  private static MemorySegment part(MemorySegment whole, StateUnits.Share share) {
    return whole.asSlice(share.start() * Float.BYTES, share.elements() * Float.BYTES);
  }

  ElementType type() {
    return type;
  }

  StateUnits units() {
    return units;
  }

  /** The head's place in the step: the embeddings are place 0, then come the layers. */
  int lastPlace() {
    return layout.layers().size() + 1;
  }

  /** The unit that a place computes with: a tied head computes with the embeddings. */
  int unitOf(int place) {
    return place < units.units().size() ? place : 0;
  }

  /** Of the whole unit of each place, padded. */
  long[] placeBytes(ElementType element) {
    return IntStream.rangeClosed(0, lastPlace())
        .mapToLong(place -> wholeBytes(unitOf(place), element))
        .toArray();
  }

  /** Of each whole unit, padded. */
  long[] unitBytes(ElementType element) {
    return IntStream.range(0, units.units().size())
        .mapToLong(unit -> wholeBytes(unit, element))
        .toArray();
  }

  private long wholeBytes(int unit, ElementType element) {
    return Math.multiplyExact(units.wholeElements(unit), element.bytes());
  }

  /** The values and the gradient of a block that is used at a place of the step. */
  Weight weight(int place, Block block) {
    long elements = block.elements();
    if (units.isVector(block)) {
      long offset = units.shardElements() + block.offsetElements() - units.vectorStart();
      return new Weight(
          block,
          computing.elements(type, offset, elements),
          gradients.floats(offset, elements),
          type);
    }
    int unit = unitOf(place);
    long offset = block.offsetElements() - units.units().get(unit).start();
    DeviceRegion values = shared == null ? parameterShard(unit) : shared.parameters(place);
    DeviceRegion gradient = shared == null ? gradientShard(unit) : shared.gradients(place);
    return new Weight(
        block, values.elements(type, offset, elements), gradient.floats(offset, elements), type);
  }

  @Nullable Weight weightOrNull(int place, @Nullable Block block) {
    return block == null ? null : weight(place, block);
  }

  /** The rank's share of a unit's parameters that compute. */
  DeviceRegion parameterShard(int unit) {
    StateUnits.Unit shard = units.units().get(unit);
    return computing.elements(type, shard.shardStart(), shard.shardElements());
  }

  /** The rank's share of a unit's gradients, f32. */
  DeviceRegion gradientShard(int unit) {
    StateUnits.Unit shard = units.units().get(unit);
    return gradients.floats(shard.shardStart(), shard.shardElements());
  }

  /** Submits what the first step starts from: no gradient, no moments. */
  void clear() {
    compute.submit(new ZeroFill(gradients));
    compute.submit(new ZeroFill(firstMoment));
    compute.submit(new ZeroFill(secondMoment));
  }

  void beginStep() {
    if (shared != null) {
      shared.beginStep();
    }
  }

  void beginMicroBatch() {
    if (shared != null) {
      shared.beginMicroBatch();
    }
  }

  void beforeForward(int place) {
    if (shared != null) {
      shared.beforeForward(place);
    }
  }

  void afterForward(int place) {
    if (shared != null) {
      shared.afterForward(place);
    }
  }

  void beforeBackward(int place) {
    if (shared != null) {
      shared.beforeBackward(place);
    }
  }

  void afterBackward(int place) {
    if (shared != null) {
      shared.afterBackward(place);
    }
  }

  /**
   * Sums the gradients over the ranks and submits the sum of their squares.
   *
   * @param squares [1] f64, written
   */
  void reduceGradients(DeviceRegion squares) {
    compute.submit(new ZeroFill(squares));
    long matrices = units.shardElements();
    DeviceRegion ofMatrices = gradients.floats(0, matrices);
    DeviceRegion ofVectors = gradients.floats(matrices, units.vectorElements());
    if (shared != null) {
      shared.finish();
      compute.submit(new SumOfSquares(ofMatrices, squares, matrices));
      compute.submit(new AllReduceDoubles(squares, ranks));
      compute.submit(new AllReduce(ofVectors, ElementType.F32, ranks));
      compute.submit(new SumOfSquares(ofVectors, squares, units.vectorElements()));
      return;
    }
    if (ranks > 1) {
      compute.submit(new AllReduce(gradients, ElementType.F32, ranks));
    }
    compute.submit(new SumOfSquares(gradients, squares, matrices + units.vectorElements()));
  }

  /** Submits an optimizer step, which also clears the gradients. */
  void optimize(AdamWStep matrices, AdamWStep vectors) {
    submitAdamW(0, units.shardElements(), matrices);
    submitAdamW(units.shardElements(), units.vectorElements(), vectors);
    if (shared != null) {
      shared.parametersChanged();
    }
  }

  private void submitAdamW(long offset, long elements, AdamWStep step) {
    compute.submit(
        new AdamW(
            parameters.floats(offset, elements),
            firstMoment.floats(offset, elements),
            secondMoment.floats(offset, elements),
            gradients.floats(offset, elements),
            elements,
            step,
            type,
            type == ElementType.F32 ? null : computing.elements(type, offset, elements)));
  }
}
