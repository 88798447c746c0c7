package org.memo.device.host;

import static org.memo.device.KernelArguments.storage;

import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import org.memo.bindings.StorageType;
import org.memo.bindings.kernels.AttentionKernels;
import org.memo.bindings.kernels.RingAttentionKernels;
import org.memo.bindings.kernels.Rows;
import org.memo.device.DeviceRegion;
import org.memo.op.AttentionDelta;
import org.memo.op.AttentionShape;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;
import org.memo.op.RingAttentionBackward;
import org.memo.op.RingAttentionForward;
import org.memo.op.RingBlock;

/** Attention's operations, of a whole sequence and of a ring's blocks. */
final class HostAttention {
  private final Function<DeviceRegion, MemorySegment> memory;

  /**
   * @param memory where the slab's regions are
   */
  HostAttention(Function<DeviceRegion, MemorySegment> memory) {
    this.memory = memory;
  }

  void run(FlashAttentionForward op) {
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

  void run(FlashAttentionBackward op) {
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

  void run(AttentionDelta op) {
    AttentionKernels.delta(
        storage(op.type()),
        new Rows(at(op.out()), op.heads() * op.headDim()),
        at(op.dout()),
        at(op.delta()),
        op.tokens(),
        op.heads(),
        op.headDim());
  }

  void run(RingAttentionForward op) {
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

  void run(RingAttentionBackward op) {
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
    return Rows.fromColumn(at(rows), type, width, firstColumn);
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
    return memory.apply(region);
  }
}
