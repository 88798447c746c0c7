package org.memo.device.host;

import static org.memo.device.KernelArguments.numbers;
import static org.memo.device.KernelArguments.storage;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.StorageType;
import org.memo.bindings.kernels.ConversionKernels;
import org.memo.bindings.kernels.ElementKernels;
import org.memo.bindings.kernels.Kernels;
import org.memo.bindings.kernels.NormKernels;
import org.memo.bindings.kernels.PositionKernels;
import org.memo.bindings.kernels.Rows;
import org.memo.bindings.kernels.TrainingKernels;
import org.memo.bindings.onednn.MatrixProduct;
import org.memo.collective.Collectives;
import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.device.PinnedPool;
import org.memo.op.AdamW;
import org.memo.op.AttentionDelta;
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
  private final HostAttention attention;
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
    this.attention = new HostAttention(this::at);
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
      case FlashAttentionForward op -> attention.run(op);
      case FlashAttentionBackward op -> attention.run(op);
      case CopyToHost op -> Kernels.copy(at(op.target()), at(op.source()));
      case CopyToDevice op -> Kernels.copy(at(op.target()), at(op.source()));
      case CopyOnDevice op -> Kernels.copy(at(op.target()), at(op.source()));
      case Collective op -> collectives.run(op);
      case AttentionDelta op -> attention.run(op);
      case RingAttentionForward op -> attention.run(op);
      case RingAttentionBackward op -> attention.run(op);
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
              at(op.positions()),
              at(op.cosines()),
              at(op.sines()),
              op.rows(),
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

  private void copyColumns(CopyColumns op) {
    if (op.rows() == 0 || op.cols() == 0) {
      return;
    }
    StorageType sourceType = storage(op.sourceType());
    StorageType type = storage(op.type());
    Rows source = Rows.fromColumn(at(op.source()), sourceType, op.sourceWidth(), op.sourceFirst());
    Rows target = Rows.fromColumn(at(op.target()), type, op.targetWidth(), op.targetFirst());
    if (sourceType == type) {
      ConversionKernels.copy(type, source, target, op.rows(), op.cols());
    } else {
      ConversionKernels.toBf16(source, target, op.rows(), op.cols());
    }
  }

  private MemorySegment at(DeviceRegion region) {
    return slab.asSlice(region.offsetBytes(), region.sizeBytes());
  }

  private MemorySegment at(HostRegion region) {
    return pool.segment(region);
  }
}
