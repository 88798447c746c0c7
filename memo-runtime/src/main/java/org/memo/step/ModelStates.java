package org.memo.step;

import java.io.IOException;
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
import org.memo.model.ParameterSink;
import org.memo.model.ParameterValues;
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
   * Fills what the rank holds of one of the states, and waits; parameters are rounded into the copy
   * that computes as well. Not for the steady step.
   *
   * @param values of the whole model
   * @param rank whose states these are
   * @param state {@link #parameters}, {@link #firstMoment} or {@link #secondMoment}
   */
  public void upload(Device device, ParameterValues values, int rank, DeviceRegion state) {
    compute.synchronize(); // the states may still be being cleared
    try (StatePieces pieces = new StatePieces(layout)) {
      for (StateUnits.Share share : units.shares(unitsRank(rank))) {
        pieces.forEach(
            share,
            (tensor, firstElement, floats, localElement) -> {
              values.read(tensor, firstElement, floats);
              device.upload(floats, state.floats(localElement, floats.byteSize() / Float.BYTES));
            });
      }
    }
    if (state.equals(parameters)) {
      parametersChanged();
    }
  }

  /** The way back: gives all that the rank holds. */
  public void download(Device device, DeviceRegion state, int rank, ParameterSink sink)
      throws IOException {
    download(device, state, units.shares(unitsRank(rank)), sink);
  }

  /**
   * Gives what no rank before this one holds, so that all ranks together give every element once.
   */
  public void downloadOwn(Device device, DeviceRegion state, int rank, ParameterSink sink)
      throws IOException {
    if (shared != null || rank == 0) {
      download(device, state, units.ownShares(rank), sink);
    }
  }

  private void download(
      Device device, DeviceRegion state, List<StateUnits.Share> shares, ParameterSink sink)
      throws IOException {
    try (StatePieces pieces = new StatePieces(layout)) {
      for (StateUnits.Share share : shares) {
        pieces.forEach(
            share,
            (tensor, firstElement, floats, localElement) -> {
              device.download(state.floats(localElement, floats.byteSize() / Float.BYTES), floats);
              sink.write(tensor, firstElement, floats);
            });
      }
    }
  }

  private int unitsRank(int rank) {
    return shared == null ? 0 : rank;
  }

  private void parametersChanged() {
    if (type != ElementType.F32) {
      compute.submit(new Cast(parameters, computing, parameters.sizeBytes() / Float.BYTES, type));
    }
    if (shared != null) {
      shared.parametersChanged();
    }
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

  /** Submits what the first step starts from: no gradient, no moments, padding that is zero. */
  void clear() {
    compute.submit(new ZeroFill(parameters));
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
