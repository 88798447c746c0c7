package org.memo.device.cuda;

import org.jspecify.annotations.Nullable;
import org.memo.bindings.StorageType;
import org.memo.bindings.cuda.CudaElements;
import org.memo.bindings.cuda.CudaNorms;
import org.memo.bindings.cuda.CudaPositions;
import org.memo.bindings.cuda.CudaQueue;
import org.memo.bindings.cuda.CudaTraining;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.device.DeviceRegion;
import org.memo.device.KernelArguments;
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

/** Queues operations on one stream. */
final class CudaOperations {
  private final SlabMemory slab;
  private final RegisteredMemory pool;
  private final StreamScratch scratch;
  private final CudaProducts products;
  private final AttentionChoice attention;
  private final CudaCollectives collectives;

  CudaOperations(
      SlabMemory slab,
      RegisteredMemory pool,
      StreamScratch scratch,
      CudaProducts products,
      AttentionChoice attention,
      CudaCollectives collectives) {
    this.slab = slab;
    this.pool = pool;
    this.scratch = scratch;
    this.products = products;
    this.attention = attention;
    this.collectives = collectives;
  }

  /** Queues it; what it finds wrong with its data shows later. */
  void run(Operation operation) {
    switch (operation) {
      case Gemm op -> products.multiply(op, null, slab, scratch);
      case FlashAttentionForward op -> attention.forward(op, slab, scratch);
      case FlashAttentionBackward op -> attention.backward(op, slab, scratch);
      case CopyToHost op -> copyToHost(op);
      case CopyToDevice op -> copyToDevice(op);
      case CopyOnDevice op -> copyOnDevice(op);
      case AttentionDelta op -> ringKernels().delta(op);
      case RingAttentionForward op -> ringKernels().forward(op);
      case RingAttentionBackward op -> ringKernels().backward(op);
      case CopyColumns op -> copyColumns(op);
      case ZeroFill op -> zero(op);
      case Collective op -> collectives.run(op);
      case RmsNormForward op -> rmsNorm(op);
      case RmsNormBackward op -> rmsNormBackward(op);
      case LayerNormForward op -> layerNorm(op);
      case LayerNormBackward op -> layerNormBackward(op);
      case BiasForward op ->
          CudaElements.biasForward(
              type(op), at(op.y()), at(op.bias()), op.rows(), op.cols(), queue());
      case BiasBackward op ->
          CudaElements.biasBackward(
              type(op), at(op.dy()), at(op.dbias()), op.rows(), op.cols(), queue());
      case Cast op ->
          CudaElements.cast(type(op), at(op.source()), at(op.target()), op.elements(), queue());
      case ResidualAdd op ->
          CudaElements.residualAdd(type(op), at(op.y()), at(op.x()), op.elements(), queue());
      case SwiGluForward op ->
          CudaElements.swigluForward(
              type(op), at(op.gateUp()), at(op.act()), op.rows(), op.ffn(), queue());
      case SwiGluBackward op ->
          CudaElements.swigluBackward(
              type(op), at(op.gateUp()), at(op.act()), op.rows(), op.ffn(), queue());
      case GeluForward op ->
          CudaElements.geluForward(type(op), at(op.x()), at(op.act()), op.elements(), queue());
      case GeluBackward op ->
          CudaElements.geluBackward(type(op), at(op.x()), at(op.act()), op.elements(), queue());
      case RotaryTable op -> rotaryTable(op);
      case Rotary op -> rotary(op);
      case EmbeddingForward op -> embedding(op);
      case EmbeddingBackward op -> embeddingBackward(op);
      case CrossEntropy op -> crossEntropy(op);
      case SumOfSquares op ->
          CudaTraining.sumOfSquares(at(op.x()), op.elements(), at(op.sum()), queue());
      case AdamW op -> adamW(op);
    }
  }

  /** Queues a product and the bias of its result, as one where that can be. */
  void run(Gemm product, BiasForward bias) {
    if (!products.multiply(product, bias, slab, scratch)) {
      run(product);
      run(bias);
    }
  }

  /** All that was queued is done. */
  void noteEnd() {
    collectives.noteEnd();
  }

  private void copyToHost(CopyToHost op) {
    DeviceAddress source = at(op.source());
    pool.forEachPiece(
        op.target(),
        (offset, part) -> CudaMemory.copyToHost(part, source.plus(offset), scratch.stream()));
  }

  private void copyToDevice(CopyToDevice op) {
    DeviceAddress target = at(op.target());
    pool.forEachPiece(
        op.source(),
        (offset, part) -> CudaMemory.copyToDevice(target.plus(offset), part, scratch.stream()));
  }

  private void copyOnDevice(CopyOnDevice op) {
    DeviceAddress source = at(op.source());
    DeviceAddress target = at(op.target());
    if (op.source().sizeBytes() > 0) {
      CudaMemory.copyOnDevice(target, source, op.source().sizeBytes(), scratch.stream());
    }
  }

  private void copyColumns(CopyColumns op) {
    CudaElements.copyColumns(
        type(op),
        KernelArguments.storage(op.sourceType()),
        at(op.source()).plus(op.sourceFirst() * op.sourceType().bytes()),
        op.sourceWidth(),
        at(op.target()).plus(op.targetFirst() * op.type().bytes()),
        op.targetWidth(),
        op.rows(),
        op.cols(),
        queue());
  }

  private void zero(ZeroFill op) {
    DeviceAddress target = at(op.target());
    if (op.target().sizeBytes() > 0) {
      CudaMemory.fill(target, 0, op.target().sizeBytes(), scratch.stream());
    }
  }

  private void rmsNorm(RmsNormForward op) {
    CudaNorms.rmsNormForward(
        type(op),
        at(op.x()),
        at(op.weight()),
        at(op.y()),
        op.rows(),
        op.cols(),
        op.epsilon(),
        queue());
  }

  private void rmsNormBackward(RmsNormBackward op) {
    CudaNorms.rmsNormBackward(
        type(op),
        at(op.x()),
        at(op.weight()),
        at(op.dy()),
        at(op.dx()),
        at(op.dweight()),
        op.rows(),
        op.cols(),
        op.epsilon(),
        queue());
  }

  private void layerNorm(LayerNormForward op) {
    CudaNorms.layerNormForward(
        type(op),
        at(op.x()),
        at(op.weight()),
        at(op.bias()),
        at(op.y()),
        op.rows(),
        op.cols(),
        op.epsilon(),
        queue());
  }

  private void layerNormBackward(LayerNormBackward op) {
    CudaNorms.layerNormBackward(
        type(op),
        at(op.x()),
        at(op.weight()),
        at(op.dy()),
        at(op.dx()),
        at(op.dweight()),
        at(op.dbias()),
        op.rows(),
        op.cols(),
        op.epsilon(),
        queue());
  }

  private void rotaryTable(RotaryTable op) {
    CudaPositions.rotaryTable(
        at(op.inverseFrequencies()),
        at(op.positions()),
        at(op.cosines()),
        at(op.sines()),
        op.rows(),
        op.halfDim(),
        queue());
  }

  private void rotary(Rotary op) {
    CudaPositions.rotary(
        type(op),
        at(op.x()),
        op.rowStride(),
        at(op.positions()),
        at(op.cosines()),
        at(op.sines()),
        op.rows(),
        op.heads(),
        op.headDim(),
        op.inverse(),
        queue());
  }

  private void embedding(EmbeddingForward op) {
    CudaPositions.embeddingForward(
        type(op),
        at(op.table()),
        at(op.ids()),
        at(op.y()),
        op.rows(),
        op.cols(),
        op.tableRows(),
        op.accumulate(),
        queue());
  }

  private void embeddingBackward(EmbeddingBackward op) {
    CudaPositions.embeddingBackward(
        type(op),
        at(op.dy()),
        at(op.ids()),
        at(op.dtable()),
        op.rows(),
        op.cols(),
        op.tableRows(),
        op.skippedId(),
        queue());
  }

  private void crossEntropy(CrossEntropy op) {
    CudaTraining.crossEntropy(
        type(op),
        at(op.logits()),
        at(op.targets()),
        at(op.lossSum()),
        op.rows(),
        op.vocab(),
        op.scale(),
        queue());
  }

  private void adamW(AdamW op) {
    CudaTraining.adamW(
        type(op),
        at(op.parameters()),
        at(op.firstMoment()),
        at(op.secondMoment()),
        at(op.gradient()),
        atOrNone(op.weights()),
        op.elements(),
        KernelArguments.numbers(op.step()),
        queue());
  }

  private RingKernels ringKernels() {
    return new RingKernels(slab, queue());
  }

  private static StorageType type(Operation operation) {
    return KernelArguments.storage(operation.type());
  }

  private CudaQueue queue() {
    return scratch.queue();
  }

  private DeviceAddress at(DeviceRegion region) {
    return slab.at(region);
  }

  private DeviceAddress atOrNone(@Nullable DeviceRegion region) {
    return region == null ? DeviceAddress.NONE : slab.at(region);
  }
}
