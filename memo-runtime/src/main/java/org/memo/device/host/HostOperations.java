package org.memo.device.host;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.kernels.Kernels;
import org.memo.bindings.kernels.Rows;
import org.memo.bindings.onednn.MatrixProduct;
import org.memo.collective.Collectives;
import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.device.PinnedPool;
import org.memo.op.AdamW;
import org.memo.op.AdamWStep;
import org.memo.op.AttentionShape;
import org.memo.op.BiasBackward;
import org.memo.op.BiasForward;
import org.memo.op.Cast;
import org.memo.op.Collective;
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
import org.memo.op.RmsNormBackward;
import org.memo.op.RmsNormForward;
import org.memo.op.Rotary;
import org.memo.op.RotaryTable;
import org.memo.op.SumOfSquares;
import org.memo.op.SwiGluBackward;
import org.memo.op.SwiGluForward;
import org.memo.op.ZeroFill;
import org.memo.planner.cost.ElementType;

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
   * @throws UnsupportedOperationException when it works on other than f32
   */
  void run(Operation operation) {
    requireFloats(operation, operation.type());
    switch (operation) {
      case Gemm op -> gemm(op);
      case FlashAttentionForward op -> attentionForward(op);
      case FlashAttentionBackward op -> attentionBackward(op);
      case CopyToHost op -> Kernels.copy(at(op.target()), at(op.source()));
      case CopyToDevice op -> Kernels.copy(at(op.target()), at(op.source()));
      case CopyOnDevice op -> Kernels.copy(at(op.target()), at(op.source()));
      case Collective op -> collectives.run(op);
      case ZeroFill op -> Kernels.zero(at(op.target()));
      case RmsNormForward op ->
          Kernels.rmsNormForward(
              at(op.x()), at(op.weight()), at(op.y()), op.rows(), op.cols(), op.epsilon());
      case RmsNormBackward op ->
          Kernels.rmsNormBackward(
              at(op.x()),
              at(op.weight()),
              at(op.dy()),
              at(op.dx()),
              at(op.dweight()),
              op.rows(),
              op.cols(),
              op.epsilon());
      case LayerNormForward op ->
          Kernels.layerNormForward(
              at(op.x()),
              at(op.weight()),
              at(op.bias()),
              at(op.y()),
              op.rows(),
              op.cols(),
              op.epsilon());
      case LayerNormBackward op ->
          Kernels.layerNormBackward(
              at(op.x()),
              at(op.weight()),
              at(op.dy()),
              at(op.dx()),
              at(op.dweight()),
              at(op.dbias()),
              op.rows(),
              op.cols(),
              op.epsilon());
      case BiasForward op -> Kernels.biasForward(at(op.y()), at(op.bias()), op.rows(), op.cols());
      case BiasBackward op ->
          Kernels.biasBackward(at(op.dy()), at(op.dbias()), op.rows(), op.cols());
      case Cast op -> Kernels.copy(at(op.target()), at(op.source())); // of f32 to f32
      case ResidualAdd op -> Kernels.residualAdd(at(op.y()), at(op.x()), op.elements());
      case SwiGluForward op ->
          Kernels.swigluForward(at(op.gateUp()), at(op.act()), op.rows(), op.ffn());
      case SwiGluBackward op ->
          Kernels.swigluBackward(at(op.gateUp()), at(op.act()), op.rows(), op.ffn());
      case GeluForward op -> Kernels.geluForward(at(op.x()), at(op.act()), op.elements());
      case GeluBackward op -> Kernels.geluBackward(at(op.x()), at(op.act()), op.elements());
      case RotaryTable op ->
          Kernels.rotaryTable(
              at(op.inverseFrequencies()),
              at(op.cosines()),
              at(op.sines()),
              op.positions(),
              op.halfDim());
      case Rotary op ->
          Kernels.rotary(
              new Rows(at(op.x()), op.rowStride()),
              at(op.positions()),
              at(op.cosines()),
              at(op.sines()),
              op.rows(),
              op.heads(),
              op.headDim(),
              op.inverse());
      case EmbeddingForward op ->
          Kernels.embeddingForward(
              at(op.table()),
              at(op.ids()),
              at(op.y()),
              op.rows(),
              op.cols(),
              op.tableRows(),
              op.accumulate());
      case EmbeddingBackward op ->
          Kernels.embeddingBackward(
              at(op.dy()),
              at(op.ids()),
              at(op.dtable()),
              op.rows(),
              op.cols(),
              op.tableRows(),
              op.skippedId());
      case CrossEntropy op ->
          Kernels.crossEntropy(
              at(op.logits()),
              at(op.targets()),
              at(op.lossSum()),
              op.rows(),
              op.vocab(),
              op.scale());
      case SumOfSquares op -> Kernels.sumOfSquares(at(op.x()), op.elements(), at(op.sum()));
      case AdamW op ->
          Kernels.adamw(
              at(op.parameters()),
              at(op.firstMoment()),
              at(op.secondMoment()),
              at(op.gradient()),
              op.elements(),
              numbers(op.step()));
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
    requireFloats(op, op.outType());
    product.multiply(
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

  private void attentionForward(FlashAttentionForward op) {
    AttentionShape shape = op.shape();
    Kernels.attentionForward(
        queries(op.qkv(), shape),
        keys(op.qkv(), shape),
        values(op.qkv(), shape),
        new Rows(at(op.out()), shape.outWidth()),
        at(op.logSumExp()),
        kernelShape(shape, op.segmentOffsets()));
  }

  private void attentionBackward(FlashAttentionBackward op) {
    AttentionShape shape = op.shape();
    Kernels.attentionBackward(
        queries(op.qkv(), shape),
        keys(op.qkv(), shape),
        values(op.qkv(), shape),
        new Rows(at(op.out()), shape.outWidth()),
        at(op.dout()),
        at(op.logSumExp()),
        at(op.delta()),
        queries(op.dqkv(), shape),
        keys(op.dqkv(), shape),
        values(op.dqkv(), shape),
        kernelShape(shape, op.segmentOffsets()));
  }

  private Rows queries(DeviceRegion qkv, AttentionShape shape) {
    return columns(qkv, shape, 0);
  }

  private Rows keys(DeviceRegion qkv, AttentionShape shape) {
    return columns(qkv, shape, shape.heads() * shape.headDim());
  }

  private Rows values(DeviceRegion qkv, AttentionShape shape) {
    return columns(qkv, shape, (shape.heads() + shape.kvHeads()) * shape.headDim());
  }

  private Rows columns(DeviceRegion qkv, AttentionShape shape, long firstColumn) {
    return new Rows(at(qkv).asSlice(firstColumn * Float.BYTES), shape.qkvWidth());
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

  private static org.memo.bindings.kernels.AdamWStep numbers(AdamWStep step) {
    return new org.memo.bindings.kernels.AdamWStep(
        step.gradientScale(),
        step.learningRate(),
        step.beta1(),
        step.beta2(),
        step.epsilon(),
        step.weightDecay(),
        step.biasCorrection1(),
        step.biasCorrection2());
  }

  private static void requireFloats(Operation operation, ElementType type) {
    if (type != ElementType.F32) {
      throw new UnsupportedOperationException(
          "%s in %s: the host device computes in F32 only".formatted(operation.name(), type));
    }
  }

  private MemorySegment at(DeviceRegion region) {
    return slab.asSlice(region.offsetBytes(), region.sizeBytes());
  }

  private MemorySegment at(HostRegion region) {
    return pool.segment(region);
  }
}
