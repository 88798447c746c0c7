package org.memo.step;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.layer.TokenTile;
import org.memo.memory.ActivationSwapper;
import org.memo.memory.SlabAllocator;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;
import org.memo.op.AdamWStep;
import org.memo.op.AllReduceDoubles;
import org.memo.op.ZeroFill;
import org.memo.planner.swap.LayerForm;

/**
 * One rank's training step (MEMO, section 4), over the layers' passes. Compute, offload (D2H) and
 * prefetch (H2D) are streams of their own.
 *
 * <p>A step is {@link #beginStep}, {@link #microBatch} for each micro-batch, {@link
 * #endMicroBatches}, {@link #optimize}. Nothing is allocated after the constructor but from the
 * allocator.
 */
public final class StepProgram {
  public static final String MICRO_BATCH = "micro-batch";
  public static final String OPTIMIZER = "optimizer";

  public static final String COMPUTE = "compute";
  public static final String OFFLOAD = "offload";
  public static final String PREFETCH = "prefetch";

  /** The streams on which ranks exchange units of shared states. */
  public static final String GATHER = "gather";

  public static final String REDUCE = "reduce";

  /** The stream on which heads are exchanged group by group, and that of ring attention. */
  public static final String EXCHANGE = "exchange";

  public static final String RING = "ring";

  private final Device device;
  private final SlabAllocator allocator;
  private final ModelStates states;
  private final ModelLayers model;
  private final StepShape shape;
  private final ActivationMemory activations;
  private final InputStaging inputs;
  private final List<LayerProgram> layers = new ArrayList<>();
  private final DeviceRegion lossSum; // [1] f64
  private final DeviceRegion squares; // [1] f64
  private final Stream compute;
  private final ActivationSwapper swapper;
  private final List<TokenTile> lossChunks;
  private final int ranks;

  /**
   * @param rank of {@code settings.ranks()}; the requests and the operations of all ranks are the
   *     same, but for which keys ring attention attends to
   */
  public StepProgram(
      ModelConfig config,
      ParameterLayout layout,
      StepSettings settings,
      int rank,
      Device device,
      SlabAllocator allocator) {
    this.device = device;
    this.ranks = settings.ranks().ranks();
    this.allocator = allocator;
    this.compute = device.createStream(COMPUTE);
    this.swapper =
        new ActivationSwapper(compute, device.createStream(OFFLOAD), device.createStream(PREFETCH));
    allocator.beginSection(SlabAllocator.SETUP);
    this.states = new ModelStates(layout, settings, compute, device, allocator);
    this.model = ModelLayers.create(config, states, device, allocator, settings);
    this.shape = StepShape.of(settings, model.layers().getFirst(), config);
    int layerCount = model.layers().size();
    this.activations =
        new ActivationMemory(device, allocator, swapper, settings, shape, layerCount);
    this.inputs = new InputStaging(device, allocator, settings.tokens(), settings.segments());
    this.lossSum = allocator.allocate("loss sum", Double.BYTES);
    this.squares = allocator.allocate("sum of squares", Double.BYTES);
    this.lossChunks = TokenTile.cut(settings.tokens(), 0, settings.lossTokens());
    Attention attention = Attention.of(settings, shape, rank, compute, device, allocator);
    for (int i = 0; i < layerCount; i++) {
      layers.add(
          new LayerProgram(
              compute, allocator, shape, attention, model.layers().get(i), activations.layer(i)));
    }
    states.clear();
  }

  /** How the forward pass of a layer is called in a request trace. */
  public static String forwardPass(LayerForm form) {
    return "forward " + form;
  }

  /** How the backward pass of a layer is called in a request trace. */
  public static String backwardPass(LayerForm form) {
    return "backward " + form;
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
    states.beginStep();
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
    long offsets = numSegments + 1;
    buffer.copy(compute, offsets);
    model.locate(compute, inputs.device().positions());
    Attention.Segments segments =
        new Attention.Segments(
            inputs.device().segmentOffsets().slice(0, offsets * Long.BYTES), scoredPairs);
    states.beginMicroBatch();
    forward(segments);
    loss(gradientScale);
    backward(segments);
  }

  private void forward(Attention.Segments segments) {
    states.beforeForward(0);
    model.embedding().forward(compute, inputs.device(), inputOf(0), shape.tokens());
    states.afterForward(0);
    for (int i = 0; i < layers.size(); i++) {
      states.beforeForward(i + 1);
      layers.get(i).forward(segments, inputOf(i + 1));
      states.afterForward(i + 1);
    }
  }

  private void loss(float gradientScale) {
    states.beforeBackward(states.lastPlace());
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
    states.afterBackward(states.lastPlace());
  }

  private void backward(Attention.Segments segments) {
    for (int i = layers.size() - 1; i >= 0; i--) {
      states.beforeBackward(i + 1);
      layers.get(i).backward(segments, activations.gradient());
      states.afterBackward(i + 1);
    }
    states.beforeBackward(0);
    model.embedding().backward(compute, inputs.device(), activations.gradient(), shape.tokens());
    states.afterBackward(0);
  }

  /** Waits for the step's micro-batches. */
  public StepResult endMicroBatches() {
    allocator.beginSection(OPTIMIZER);
    states.reduceGradients(squares);
    if (ranks > 1) {
      compute.submit(new AllReduceDoubles(lossSum, ranks));
    }
    compute.synchronize();
    swapper.synchronize();
    return new StepResult(scalar(lossSum), Math.sqrt(scalar(squares)));
  }

  /**
   * Updates the parameters and clears the gradients: matrices with one decay, vectors with another.
   */
  public void optimize(AdamWStep matrices, AdamWStep vectors) {
    states.optimize(matrices, vectors);
    compute.synchronize();
  }

  /**
   * What the micro-batches of a step came to.
   *
   * @param lossSum of the counted targets
   * @param gradientNorm of all gradients, before clipping
   */
  public record StepResult(double lossSum, double gradientNorm) {}

  /** What a layer leaves for its backward pass. */
  public SkeletalSizes skeletalSizes() {
    return new SkeletalSizes(
        shape.inputBytes(),
        shape.attentionBytes(),
        shape.qkvBytes() + (activations.keepsNorm() ? shape.inputBytes() : 0),
        shape.keptBytes(),
        shape.tileBytes(shape.keptWidth()));
  }

  /** Bytes offloaded since the program was made. */
  public long swappedBytes() {
    return swapper.offloadedBytes();
  }

  /** Tokens, over all layers, whose activations were computed again since the program was made. */
  public long recomputedTokens() {
    return layers.stream().mapToLong(LayerProgram::recomputedTokens).sum();
  }

  /**
   * How long the computation has waited for copies and for what ranks exchange beside it since the
   * program was made.
   */
  public long stalledNanos() {
    return compute.stalledNanos();
  }

  /** Where a layer's input is written, ready; after the last layer, the residual stream's end. */
  private DeviceRegion inputOf(int index) {
    return index < layers.size() ? layers.get(index).beginInput() : activations.gradient();
  }

  private double scalar(DeviceRegion region) {
    double[] value = new double[1];
    device.download(region, MemorySegment.ofArray(value));
    return value[0];
  }
}
