package org.memo.step;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.device.Stream;
import org.memo.layer.KeptTile;
import org.memo.layer.TokenTile;
import org.memo.layer.TransformerLayer;
import org.memo.memory.ActivationSwapper;
import org.memo.memory.RoundingSlot;
import org.memo.memory.SlabAllocator;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;
import org.memo.op.AdamW;
import org.memo.op.AdamWStep;
import org.memo.op.AttentionShape;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;
import org.memo.op.SumOfSquares;
import org.memo.op.ZeroFill;

/**
 * One rank's training step (MEMO, section 4). A layer's input and its attention's output with the
 * log-sum-exp are swapped whole; of the rest the leading tokens are swapped and the others computed
 * again; the last layers may stay resident. Compute, offload (D2H) and prefetch (H2D) are streams
 * of their own.
 *
 * <p>A step is {@link #beginStep}, {@link #microBatch} for each micro-batch, {@link
 * #endMicroBatches}, {@link #optimize}. Nothing is allocated after the constructor but from the
 * allocator.
 */
public final class StepProgram {
  public static final String MICRO_BATCH = "micro-batch";
  public static final String OPTIMIZER = "optimizer";

  private final StepSettings settings;
  private final Device device;
  private final SlabAllocator allocator;
  private final ModelConfig config;
  private final ModelStates states;
  private final ModelLayers model;
  private final StepShape shape;
  private final ActivationMemory activations;
  private final InputStaging inputs;
  private final DeviceRegion lossSum; // [1] f64
  private final DeviceRegion squares; // [1] f64
  private final Stream compute;
  private final ActivationSwapper swapper;
  private final List<TokenTile> lossChunks;
  private final int swappedTiles; // of a layer
  private long recomputedTokens;

  public StepProgram(
      ModelConfig config,
      ParameterLayout layout,
      StepSettings settings,
      Device device,
      SlabAllocator allocator) {
    this.config = config;
    this.settings = settings;
    this.device = device;
    this.allocator = allocator;
    this.compute = device.createStream("compute");
    this.swapper =
        new ActivationSwapper(
            compute, device.createStream("offload"), device.createStream("prefetch"));
    allocator.beginSection(SlabAllocator.SETUP);
    this.states = ModelStates.allocate(layout, allocator);
    this.model = ModelLayers.create(config, states, device, allocator, settings.sequenceLength());
    this.shape = StepShape.of(settings, model.layers().getFirst(), config.numHeads());
    this.activations =
        new ActivationMemory(device, allocator, settings, shape, model.layers().size());
    this.inputs = new InputStaging(device, allocator, settings.tokens());
    this.lossSum = allocator.allocate("loss sum", Double.BYTES);
    this.squares = allocator.allocate("sum of squares", Double.BYTES);
    this.swappedTiles = shape.swappedTiles().size();
    this.lossChunks = TokenTile.cut(settings.tokens(), 0, settings.lossTokens());
    model.prepare(compute);
    submitZero(states.gradients(), states.firstMoment(), states.secondMoment());
  }

  public ModelStates states() {
    return states;
  }

  /** The inputs of the next micro-batch, to be filled before {@link #microBatch}. */
  public InputStaging.Buffer nextInputs() {
    return inputs.nextBuffer();
  }

  /** Waits for all that was submitted to the computation. */
  public void synchronize() {
    compute.synchronize();
  }

  public void beginStep() {
    compute.submit(new ZeroFill(lossSum));
  }

  /**
   * Forward and backward of one micro-batch; gradients and the loss accumulate.
   *
   * @param numSegments documents and windows in the inputs; attention stays inside each
   * @param scoredPairs (query, key) pairs under the mask, of one head
   * @param gradientScale one over the counted targets of the whole step
   */
  public void microBatch(
      InputStaging.Buffer buffer, long numSegments, double scoredPairs, float gradientScale) {
    allocator.beginSection(MICRO_BATCH);
    AttentionShape attention =
        new AttentionShape(
            shape.tokens(),
            config.numHeads(),
            config.numKvHeads(),
            config.headDim(),
            (float) (1 / Math.sqrt(config.headDim())),
            numSegments + 1,
            scoredPairs);
    buffer.copy(compute, attention.segmentOffsets());
    embed();
    for (int i = 0; i < numLayers(); i++) {
      forward(i, attention);
    }
    prefetchFirst();
    model
        .loss()
        .run(
            compute,
            allocator,
            lossChunks,
            activations.gradient(),
            inputs.device().targets(),
            lossSum,
            gradientScale);
    for (int i = numLayers() - 1; i >= 0; i--) {
      backward(i, attention);
    }
    model.embedding().backward(compute, inputs.device(), activations.gradient(), shape.tokens());
  }

  /** Waits for the step's micro-batches. */
  public StepResult endMicroBatches() {
    allocator.beginSection(OPTIMIZER);
    submitZero(squares);
    compute.submit(new SumOfSquares(states.gradients(), squares, states.layout().elements()));
    compute.synchronize();
    swapper.synchronize();
    return new StepResult(scalar(lossSum), Math.sqrt(scalar(squares)));
  }

  /**
   * Updates the parameters and clears the gradients: matrices with one decay, vectors with another.
   */
  public void optimize(AdamWStep matrices, AdamWStep vectors) {
    long split = states.layout().matrixElements();
    submitAdamW(0, split, matrices);
    submitAdamW(split, states.layout().elements() - split, vectors);
    compute.synchronize();
  }

  /**
   * What the micro-batches of a step came to.
   *
   * @param lossSum of the counted targets
   * @param gradientNorm of all gradients, before clipping
   */
  public record StepResult(double lossSum, double gradientNorm) {}

  /** Bytes offloaded since the program was made. */
  public long swappedBytes() {
    return swapper.offloadedBytes();
  }

  /** Tokens, over all layers, whose activations were computed again since the program was made. */
  public long recomputedTokens() {
    return recomputedTokens;
  }

  /** How long the computation has waited for copies since the program was made. */
  public long stalledNanos() {
    return compute.stalledNanos();
  }

  private void embed() {
    model.embedding().forward(compute, inputs.device(), outputOf(-1), shape.tokens());
  }

  private void forward(int index, AttentionShape attention) {
    TransformerLayer layer = model.layers().get(index);
    LayerMemory memory = activations.layer(index);
    afterInput(memory);
    computeQkv(layer, memory, shape.tiles());
    afterQkv(memory);
    compute.submit(
        new FlashAttentionForward(
            memory.qkv(), attentionOut(memory), logSumExp(memory), offsets(attention), attention));
    afterAttention(memory);
    forwardAfterAttention(layer, memory, outputOf(index));
    if (memory instanceof LayerMemory.Swapped swapped) {
      swapper.release(swapped.inputSlot());
      swapper.release(swapped.attentionSlot());
    }
  }

  private void forwardAfterAttention(
      TransformerLayer layer, LayerMemory memory, DeviceRegion output) {
    TileWorkspace workspace = TileWorkspace.allocate(allocator, shape, recomputes(memory));
    for (int t = 0; t < shape.tiles().size(); t++) {
      TokenTile tile = shape.tiles().get(t);
      DeviceRegion kept = keptMemory(memory, t, workspace);
      if (memory instanceof LayerMemory.Swapped swapped && tile.swapped()) {
        swapper.beforeWrite(swapped.keptSlot(t));
      }
      layer.afterAttention(
          compute,
          tile,
          memory.input(),
          attentionOut(memory),
          layer.kept(kept, tile),
          output,
          workspace.normed(),
          workspace.act());
      if (memory instanceof LayerMemory.Swapped swapped && tile.swapped()) {
        RoundingSlot slot = swapped.keptSlot(t);
        swapper.offload(slot, kept, hostPart(swapped, t));
        swapper.release(slot);
      }
    }
    workspace.free(allocator);
  }

  private void backward(int index, AttentionShape attention) {
    TransformerLayer layer = model.layers().get(index);
    LayerMemory memory = activations.layer(index);
    if (memory instanceof LayerMemory.Swapped swapped) {
      swapper.beforeRead(swapped.inputSlot());
      swapper.beforeRead(swapped.attentionSlot());
    }
    DeviceRegion outGradient =
        allocator.allocate("attention gradient", shape.bytes(shape.attentionWidth()));
    backwardAfterAttention(layer, index, outGradient);
    restoreQkv(layer, memory);
    DeviceRegion delta = allocator.allocate("attention delta", shape.bytes(shape.heads()));
    DeviceRegion qkvGradient = allocator.allocate("qkv gradient", shape.qkvBytes());
    compute.submit(
        new FlashAttentionBackward(
            memory.qkv(),
            attentionOut(memory),
            outGradient,
            logSumExp(memory),
            delta,
            qkvGradient,
            offsets(attention),
            attention));
    allocator.free(outGradient);
    allocator.free(delta);
    releaseAttention(index);
    backwardBeforeAttention(layer, memory, qkvGradient);
    allocator.free(qkvGradient);
    releaseInput(index);
  }

  private void backwardAfterAttention(TransformerLayer layer, int index, DeviceRegion outGradient) {
    LayerMemory memory = activations.layer(index);
    TileWorkspace workspace = TileWorkspace.allocate(allocator, shape, recomputes(memory));
    for (int t = shape.tiles().size() - 1; t >= 0; t--) {
      TokenTile tile = shape.tiles().get(t);
      KeptTile kept = layer.kept(keptMemory(memory, t, workspace), tile);
      restoreKept(layer, memory, t, kept, workspace);
      layer.backwardAfterAttention(
          compute,
          tile,
          attentionOut(memory),
          kept,
          activations.gradient(),
          outGradient,
          workspace.normed(),
          workspace.act());
      if (memory instanceof LayerMemory.Swapped swapped && tile.swapped()) {
        swapper.release(swapped.keptSlot(t));
        prefetchKept(keptIndex(index, t) - settings.tileSlots());
      }
    }
    workspace.free(allocator);
  }

  private void backwardBeforeAttention(
      TransformerLayer layer, LayerMemory memory, DeviceRegion qkvGradient) {
    DeviceRegion normed = allocator.allocate("attention norm", shape.tileBytes(shape.hidden()));
    for (TokenTile tile : shape.tiles()) {
      layer.backwardBeforeAttention(
          compute,
          tile,
          memory.input(),
          inputs.device().positions(),
          qkvGradient,
          activations.gradient(),
          normed);
    }
    allocator.free(normed);
  }

  /** Fetches or computes again what the tile left for the backward pass. */
  private void restoreKept(
      TransformerLayer layer,
      LayerMemory memory,
      int tileIndex,
      KeptTile kept,
      TileWorkspace workspace) {
    TokenTile tile = shape.tiles().get(tileIndex);
    if (!(memory instanceof LayerMemory.Swapped swapped)) {
      return;
    }
    if (tile.swapped()) {
      swapper.beforeRead(swapped.keptSlot(tileIndex));
    } else {
      layer.upToMlpIn(
          compute, tile, memory.input(), attentionOut(memory), kept, workspace.normed());
      recomputedTokens += tile.tokens();
    }
  }

  private void computeQkv(TransformerLayer layer, LayerMemory memory, List<TokenTile> tiles) {
    DeviceRegion normed = allocator.allocate("attention norm", shape.tileBytes(shape.hidden()));
    for (TokenTile tile : tiles) {
      layer.beforeAttention(
          compute, tile, memory.input(), inputs.device().positions(), memory.qkv(), normed);
    }
    allocator.free(normed);
  }

  /** Fetches or computes again the queries, keys and values that the layer left. */
  private void restoreQkv(TransformerLayer layer, LayerMemory memory) {
    if (!(memory instanceof LayerMemory.Swapped swapped)) {
      return;
    }
    if (shape.swappedTokens() > 0) {
      swapper.beforeRead(swapped.qkvSlot());
    }
    List<TokenTile> dropped = shape.tiles().stream().filter(tile -> !tile.swapped()).toList();
    if (!dropped.isEmpty()) {
      computeQkv(layer, memory, dropped);
    }
  }

  /** The layer's input is complete: it can leave while the layer computes on it. */
  private void afterInput(LayerMemory memory) {
    if (memory instanceof LayerMemory.Swapped swapped) {
      swapper.offload(swapped.inputSlot(), swapped.input(), swapped.hostInput());
      swapper.beforeWrite(swapped.qkvSlot());
      swapper.beforeWrite(swapped.attentionSlot());
    }
  }

  private void afterQkv(LayerMemory memory) {
    if (memory instanceof LayerMemory.Swapped swapped && shape.swappedTokens() > 0) {
      swapper.offload(swapped.qkvSlot(), swappedRows(swapped), swapped.hostQkv());
    }
  }

  private void afterAttention(LayerMemory memory) {
    if (memory instanceof LayerMemory.Swapped swapped) {
      swapper.release(swapped.qkvSlot());
      swapper.offload(swapped.attentionSlot(), swapped.attention(), swapped.hostAttention());
    }
  }

  private void releaseAttention(int index) {
    if (activations.layer(index) instanceof LayerMemory.Swapped swapped) {
      swapper.release(swapped.qkvSlot());
      swapper.release(swapped.attentionSlot());
      prefetchAttention(index - 2);
      prefetchQkv(index - 2);
    }
  }

  private void releaseInput(int index) {
    if (activations.layer(index) instanceof LayerMemory.Swapped swapped) {
      swapper.release(swapped.inputSlot());
      prefetchInput(index - 2);
    }
  }

  /** Fills the rounding buffers for the backward pass of the last swapped layers. */
  private void prefetchFirst() {
    int last = numLayers() - settings.residentLayers() - 1;
    for (int index = last; index > last - 2; index--) {
      prefetchInput(index);
      prefetchAttention(index);
    }
    long lastTile = keptIndex(last + 1, 0) - 1;
    for (long i = lastTile; i > lastTile - settings.tileSlots(); i--) {
      prefetchKept(i);
    }
    prefetchQkv(last);
    prefetchQkv(last - 1);
  }

  private void prefetchInput(int index) {
    if (index >= 0 && activations.layer(index) instanceof LayerMemory.Swapped swapped) {
      swapper.prefetch(swapped.inputSlot(), swapped.hostInput(), swapped.input());
    }
  }

  private void prefetchAttention(int index) {
    if (index >= 0 && activations.layer(index) instanceof LayerMemory.Swapped swapped) {
      swapper.prefetch(swapped.attentionSlot(), swapped.hostAttention(), swapped.attention());
    }
  }

  private void prefetchQkv(int index) {
    if (index >= 0
        && shape.swappedTokens() > 0
        && activations.layer(index) instanceof LayerMemory.Swapped swapped) {
      swapper.prefetch(swapped.qkvSlot(), swapped.hostQkv(), swappedRows(swapped));
    }
  }

  /**
   * @param keptIndex counts the swapped tiles of all layers, in forward order
   */
  private void prefetchKept(long keptIndex) {

    if (keptIndex < 0 || swappedTiles == 0) {
      return;
    }
    int tileIndex = Math.toIntExact(keptIndex % swappedTiles);
    LayerMemory memory = activations.layer(Math.toIntExact(keptIndex / swappedTiles));
    if (memory instanceof LayerMemory.Swapped swapped) {
      swapper.prefetch(
          swapped.keptSlot(tileIndex), hostPart(swapped, tileIndex), slotPart(swapped, tileIndex));
    }
  }

  private long keptIndex(int layer, int swappedTile) {
    return (long) layer * swappedTiles + swappedTile;
  }

  /** The memory of what a tile keeps: its own, that of its slot, or, recomputed, the workspace. */
  private DeviceRegion keptMemory(LayerMemory memory, int tileIndex, TileWorkspace workspace) {
    return switch (memory) {
      case LayerMemory.Resident resident -> keptPart(resident, tileIndex);
      case LayerMemory.Swapped swapped ->
          shape.tiles().get(tileIndex).swapped() ? slotPart(swapped, tileIndex) : workspace.kept();
    };
  }

  private DeviceRegion slotPart(LayerMemory.Swapped memory, int tileIndex) {
    long bytes = shape.tiles().get(tileIndex).bytes(shape.keptWidth());
    return memory.keptSlot(tileIndex).region().slice(0, bytes);
  }

  private DeviceRegion keptPart(LayerMemory.Resident memory, int tileIndex) {
    return shape.tiles().get(tileIndex).rows(memory.kept(), shape.keptWidth());
  }

  private HostRegion hostPart(LayerMemory.Swapped memory, int tileIndex) {
    TokenTile tile = shape.tiles().get(tileIndex);
    return memory
        .hostKept()
        .floats(tile.start() * shape.keptWidth(), tile.elements(shape.keptWidth()));
  }

  private boolean recomputes(LayerMemory memory) {
    return memory instanceof LayerMemory.Swapped && shape.recomputedKeptBytes() > 0;
  }

  /** Where layer {@code index} writes its output: the next layer's input, ready to be written. */
  private DeviceRegion outputOf(int index) {
    if (index + 1 == numLayers()) {
      return activations.gradient();
    }
    LayerMemory next = activations.layer(index + 1);
    if (next instanceof LayerMemory.Swapped swapped) {
      swapper.beforeWrite(swapped.inputSlot());
    }
    return next.input();
  }

  private DeviceRegion attentionOut(LayerMemory memory) {
    return memory.attention().slice(0, shape.bytes(shape.attentionWidth()));
  }

  private DeviceRegion logSumExp(LayerMemory memory) {
    return memory
        .attention()
        .slice(shape.bytes(shape.attentionWidth()), shape.bytes(shape.heads()));
  }

  private DeviceRegion swappedRows(LayerMemory.Swapped memory) {
    return memory.qkv().slice(0, shape.swappedQkvBytes());
  }

  private DeviceRegion offsets(AttentionShape attention) {
    return inputs.device().segmentOffsets().slice(0, attention.segmentOffsets() * Long.BYTES);
  }

  private void submitAdamW(long offset, long elements, AdamWStep step) {
    compute.submit(
        new AdamW(
            states.parameters().floats(offset, elements),
            states.firstMoment().floats(offset, elements),
            states.secondMoment().floats(offset, elements),
            states.gradients().floats(offset, elements),
            elements,
            step));
  }

  private void submitZero(DeviceRegion... regions) {
    for (DeviceRegion region : regions) {
      compute.submit(new ZeroFill(region));
    }
  }

  private double scalar(DeviceRegion region) {
    double[] value = new double[1];
    device.download(region, MemorySegment.ofArray(value));
    return value[0];
  }

  private int numLayers() {
    return model.layers().size();
  }
}
