package org.memo.device.host;

import static org.memo.device.KernelArguments.numbers;
import static org.memo.device.KernelArguments.storage;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.StorageType;
import org.memo.bindings.kernels.AttentionKernels;
import org.memo.bindings.kernels.ConversionKernels;
import org.memo.bindings.kernels.ElementKernels;
import org.memo.bindings.kernels.Kernels;
import org.memo.bindings.kernels.NormKernels;
import org.memo.bindings.kernels.PositionKernels;
import org.memo.bindings.kernels.RingAttentionKernels;
import org.memo.bindings.kernels.Rows;
import org.memo.bindings.kernels.TrainingKernels;
import org.memo.bindings.onednn.MatrixProduct;
import org.memo.collective.Collectives;
import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.device.PinnedPool;
import org.memo.op.AdamW;
import org.memo.op.AttentionDelta;
import org.memo.op.AttentionShape;
import org.memo.op.BiasBackward;
import org.memo.op.BiasForward;
import org.memo.op.Cast;
import org.memo.op.Collective;
import org.memo.op.CopyColumns;
import org.memo.op.CopyOnDevice;
import org.memo.op.CopyToDevice;
import org.memo.op.CopyToHost;
import org.memo.op.CrossEntropy;
import org.memo.op.EmbeddingBackward;
import org.memo.op.EmbeddingForward;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;
import org.memo.op.GeluBackward;
import org.memo.op.GeluForward;
import org.memo.op.Gemm;
import org.memo.op.LayerNormBackward;
import org.memo.op.LayerNormForward;
import org.memo.op.Operation;
import org.memo.op.ResidualAdd;
import org.memo.op.RingAttentionBackward;
import org.memo.op.RingAttentionForward;
import org.memo.op.RingBlock;
import org.memo.op.RmsNormBackward;
import org.memo.op.RmsNormForward;
import org.memo.op.Rotary;
import org.memo.op.RotaryTable;
import org.memo.op.SumOfSquares;
import org.memo.op.SwiGluBackward;
import org.memo.op.SwiGluForward;
import org.memo.op.ZeroFill;

/** Runs operations in the calling thread and its team. One stream's worker owns one of these. */
final class HostOperations implements AutoCloseable {
  private final MemorySegment slab;
  private final PinnedPool pool;
  private final HostCollectives collectives;
  private final MatrixProduct product = new MatrixProduct();

  /**
   * For one stream.
   *
   * @param stream its name
   */
  HostOperations(MemorySegment slab, PinnedPool pool, Collectives collectives, String stream) {
    this.slab = slab;
    this.pool = pool;
    this.collectives = new HostCollectives(collectives, stream, this::at);
  }

  /**
   * Runs it to its end.
   *
   * @throws UnsupportedOperationException when it sums other than f32 over ranks
   */
  void run(Operation operation) {
    StorageType type = storage(operation.type());
    switch (operation) {
      case Gemm op -> gemm(op);
      case FlashAttentionForward op -> attentionForward(op);
      case FlashAttentionBackward op -> attentionBackward(op);
      case CopyToHost op -> Kernels.copy(at(op.target()), at(op.source()));
      case CopyToDevice op -> Kernels.copy(at(op.target()), at(op.source()));
      case CopyOnDevice op -> Kernels.copy(at(op.target()), at(op.source()));
      case Collective op -> collectives.run(op);
      case AttentionDelta op -> attentionDelta(op);
      case RingAttentionForward op -> ringAttentionForward(op);
      case RingAttentionBackward op -> ringAttentionBackward(op);
      case CopyColumns op -> copyColumns(op);
      case ZeroFill op -> Kernels.zero(at(op.target()));
      case RmsNormForward op ->
          NormKernels.rmsNormForward(
              type, at(op.x()), at(op.weight()), at(op.y()), op.rows(), op.cols(), op.epsilon());
      case RmsNormBackward op ->
          NormKernels.rmsNormBackward(
              type,
              at(op.x()),
              at(op.weight()),
              at(op.dy()),
              at(op.dx()),
              at(op.dweight()),
              op.rows(),
              op.cols(),
              op.epsilon());
      case LayerNormForward op ->
          NormKernels.layerNormForward(
              type,
              at(op.x()),
              at(op.weight()),
              at(op.bias()),
              at(op.y()),
              op.rows(),
              op.cols(),
              op.epsilon());
      case LayerNormBackward op ->
          NormKernels.layerNormBackward(
              type,
              at(op.x()),
              at(op.weight()),
              at(op.dy()),
              at(op.dx()),
              at(op.dweight()),
              at(op.dbias()),
              op.rows(),
              op.cols(),
              op.epsilon());
      case BiasForward op ->
          ElementKernels.biasForward(type, at(op.y()), at(op.bias()), op.rows(), op.cols());
      case BiasBackward op ->
          ElementKernels.biasBackward(type, at(op.dy()), at(op.dbias()), op.rows(), op.cols());
      case Cast op -> cast(op);
      case ResidualAdd op ->
          ElementKernels.residualAdd(type, at(op.y()), at(op.x()), op.elements());
      case SwiGluForward op ->
          ElementKernels.swigluForward(type, at(op.gateUp()), at(op.act()), op.rows(), op.ffn());
      case SwiGluBackward op ->
          ElementKernels.swigluBackward(type, at(op.gateUp()), at(op.act()), op.rows(), op.ffn());
      case GeluForward op ->
          ElementKernels.geluForward(type, at(op.x()), at(op.act()), op.elements());
      case GeluBackward op ->
          ElementKernels.geluBackward(type, at(op.x()), at(op.act()), op.elements());
      case RotaryTable op ->
          PositionKernels.rotaryTable(
              at(op.inverseFrequencies()),
              at(op.cosines()),
              at(op.sines()),
              op.positions(),
              op.halfDim());
      case Rotary op ->
          PositionKernels.rotary(
              type,
              new Rows(at(op.x()), op.rowStride()),
              at(op.positions()),
              at(op.cosines()),
              at(op.sines()),
              op.rows(),
              op.heads(),
              op.headDim(),
              op.inverse());
      case EmbeddingForward op ->
          PositionKernels.embeddingForward(
              type,
              at(op.table()),
              at(op.ids()),
              at(op.y()),
              op.rows(),
              op.cols(),
              op.tableRows(),
              op.accumulate());
      case EmbeddingBackward op ->
          PositionKernels.embeddingBackward(
              type,
              at(op.dy()),
              at(op.ids()),
              at(op.dtable()),
              op.rows(),
              op.cols(),
              op.tableRows(),
              op.skippedId());
      case CrossEntropy op ->
          TrainingKernels.crossEntropy(
              type,
              at(op.logits()),
              at(op.targets()),
              at(op.lossSum()),
              op.rows(),
              op.vocab(),
              op.scale());
      case SumOfSquares op -> TrainingKernels.sumOfSquares(at(op.x()), op.elements(), at(op.sum()));
      case AdamW op -> adamw(op);
    }
  }

  /** How often the products' scratch memory has grown; read it when the stream stands still. */
  long scratchGrowths() {
    return product.scratchGrowths();
  }

  @Override
  public void close() {
    product.close();
  }

  private void gemm(Gemm op) {
    product.multiply(
        storage(op.type()),
        storage(op.outType()),
        op.transposeA(),
        op.transposeB(),
        op.m(),
        op.n(),
        op.k(),
        at(op.a()),
        op.transposeA() ? op.m() : op.k(),
        at(op.b()),
        op.transposeB() ? op.k() : op.n(),
        at(op.c()),
        op.n(),
        op.accumulate());
  }

  private void cast(Cast op) {
    MemorySegment source = at(op.source());
    MemorySegment target = at(op.target());
    switch (op.type()) {
      case F32 -> Kernels.copy(target, source);
      case BF16 -> ConversionKernels.toBf16(source, target, op.elements());
    }
  }

  private void adamw(AdamW op) {
    MemorySegment parameters = at(op.parameters());
    MemorySegment firstMoment = at(op.firstMoment());
    MemorySegment secondMoment = at(op.secondMoment());
    MemorySegment gradient = at(op.gradient());
    DeviceRegion weights = op.weights();
    if (weights == null) {
      TrainingKernels.adamw(
          parameters, firstMoment, secondMoment, gradient, op.elements(), numbers(op.step()));
    } else {
      TrainingKernels.adamwOfBf16Weights(
          parameters,
          firstMoment,
          secondMoment,
          gradient,
          at(weights),
          op.elements(),
          numbers(op.step()));
    }
  }

  private void attentionForward(FlashAttentionForward op) {
    StorageType type = storage(op.type());
    AttentionShape shape = op.shape();
    AttentionKernels.forward(
        type,
        queries(op.qkv(), type, shape),
        keys(op.qkv(), type, shape),
        values(op.qkv(), type, shape),
        new Rows(at(op.out()), shape.outWidth()),
        at(op.logSumExp()),
        kernelShape(shape, op.segmentOffsets()));
  }

  private void attentionBackward(FlashAttentionBackward op) {
    StorageType type = storage(op.type());
    AttentionShape shape = op.shape();
    AttentionKernels.backward(
        type,
        queries(op.qkv(), type, shape),
        keys(op.qkv(), type, shape),
        values(op.qkv(), type, shape),
        new Rows(at(op.out()), shape.outWidth()),
        at(op.dout()),
        at(op.logSumExp()),
        at(op.delta()),
        queries(op.dqkv(), type, shape),
        keys(op.dqkv(), type, shape),
        values(op.dqkv(), type, shape),
        kernelShape(shape, op.segmentOffsets()));
  }

  private void attentionDelta(AttentionDelta op) {
    AttentionKernels.delta(
        storage(op.type()),
        new Rows(at(op.out()), op.heads() * op.headDim()),
        at(op.dout()),
        at(op.delta()),
        op.tokens(),
        op.heads(),
        op.headDim());
  }

  private void ringAttentionForward(RingAttentionForward op) {
    StorageType type = storage(op.type());
    AttentionShape shape = op.shape();
    RingAttentionKernels.forward(
        type,
        queries(op.qkv(), type, shape),
        ringKeys(op.keysValues(), shape),
        ringValues(op.keysValues(), type, shape),
        new Rows(at(op.out()), shape.outWidth()),
        at(op.logSumExp()),
        op.first(),
        kernelBlock(op.block()),
        kernelShape(shape, op.segmentOffsets()));
  }

  private void ringAttentionBackward(RingAttentionBackward op) {
    StorageType type = storage(op.type());
    AttentionShape shape = op.shape();
    RingAttentionKernels.backward(
        type,
        queries(op.qkv(), type, shape),
        ringKeys(op.keysValues(), shape),
        ringValues(op.keysValues(), type, shape),
        new Rows(at(op.dout()), shape.outWidth()),
        at(op.logSumExp()),
        at(op.delta()),
        new Rows(at(op.dqueries()), shape.outWidth()),
        ringKeys(op.dkeysValues(), shape),
        ringValues(op.dkeysValues(), StorageType.F32, shape),
        kernelBlock(op.block()),
        kernelShape(shape, op.segmentOffsets()));
  }

  private void copyColumns(CopyColumns op) {
    if (op.rows() == 0 || op.cols() == 0) {
      return;
    }
    StorageType sourceType = storage(op.sourceType());
    StorageType type = storage(op.type());
    Rows source = columns(op.source(), sourceType, op.sourceWidth(), op.sourceFirst());
    Rows target = columns(op.target(), type, op.targetWidth(), op.targetFirst());
    if (sourceType == type) {
      ConversionKernels.copy(type, source, target, op.rows(), op.cols());
    } else {
      ConversionKernels.toBf16(source, target, op.rows(), op.cols());
    }
  }

  private Rows queries(DeviceRegion qkv, StorageType type, AttentionShape shape) {
    return columns(qkv, type, shape.qkvWidth(), 0);
  }

  private Rows keys(DeviceRegion qkv, StorageType type, AttentionShape shape) {
    return columns(qkv, type, shape.qkvWidth(), shape.heads() * shape.headDim());
  }

  private Rows values(DeviceRegion qkv, StorageType type, AttentionShape shape) {
    long firstColumn = (shape.heads() + shape.kvHeads()) * shape.headDim();
    return columns(qkv, type, shape.qkvWidth(), firstColumn);
  }

  private Rows ringKeys(DeviceRegion keysValues, AttentionShape shape) {
    return new Rows(at(keysValues), shape.keysValuesWidth());
  }

  private Rows ringValues(DeviceRegion keysValues, StorageType type, AttentionShape shape) {
    return columns(keysValues, type, shape.keysValuesWidth(), shape.kvHeads() * shape.headDim());
  }

  private Rows columns(DeviceRegion rows, StorageType type, long width, long firstColumn) {
    return new Rows(at(rows).asSlice(firstColumn * type.bytes()), width);
  }

  private static org.memo.bindings.kernels.RingBlock kernelBlock(RingBlock block) {
    return new org.memo.bindings.kernels.RingBlock(
        block.chunkTokens(), block.places(), block.queryPlace(), block.keyPlace());
  }

  private org.memo.bindings.kernels.AttentionShape kernelShape(
      AttentionShape shape, DeviceRegion segmentOffsets) {
    return new org.memo.bindings.kernels.AttentionShape(
        at(segmentOffsets),
        shape.segmentOffsets() - 1,
        shape.tokens(),
        shape.heads(),
        shape.kvHeads(),
        shape.headDim(),
        shape.scale());
  }

  private MemorySegment at(DeviceRegion region) {
    return slab.asSlice(region.offsetBytes(), region.sizeBytes());
  }

  private MemorySegment at(HostRegion region) {
    return pool.segment(region);
  }
}
