package org.memo.device.cuda;

import org.memo.bindings.cuda.CudaQueue;
import org.memo.bindings.flash.DeviceRows;
import org.memo.bindings.flash.RingAttention;
import org.memo.device.KernelArguments;
import org.memo.op.AttentionDelta;
import org.memo.op.RingAttentionBackward;
import org.memo.op.RingAttentionForward;
import org.memo.op.RingBlock;
import org.memo.planner.cost.ElementType;

/** Ring attention, which Memo's own kernels alone compute. */
record RingKernels(SlabMemory slab, CudaQueue queue) {
  void forward(RingAttentionForward op) {
    AttentionMatrices of = new AttentionMatrices(op.shape(), op.type(), slab::at);
    RingAttention.forward(
        of.shape(op.segmentOffsets()),
        block(op.block()),
        of.queries(op.qkv()),
        of.travellingKeys(op.keysValues()),
        of.travellingValues(op.keysValues(), op.type()),
        of.output(op.out()),
        slab.at(op.logSumExp()),
        op.first(),
        queue);
  }

  void backward(RingAttentionBackward op) {
    AttentionMatrices of = new AttentionMatrices(op.shape(), op.type(), slab::at);
    RingAttention.backward(
        of.shape(op.segmentOffsets()),
        block(op.block()),
        of.queries(op.qkv()),
        of.travellingKeys(op.keysValues()),
        of.travellingValues(op.keysValues(), op.type()),
        of.output(op.dout()),
        slab.at(op.logSumExp()),
        slab.at(op.delta()),
        of.output(op.dqueries()),
        of.travellingKeys(op.dkeysValues()),
        of.travellingValues(op.dkeysValues(), ElementType.F32),
        queue);
  }

  void delta(AttentionDelta op) {
    RingAttention.delta(
        KernelArguments.storage(op.type()),
        new DeviceRows(slab.at(op.out()), op.heads() * op.headDim()),
        slab.at(op.dout()),
        slab.at(op.delta()),
        op.tokens(),
        op.heads(),
        op.headDim(),
        queue);
  }

  private static org.memo.bindings.flash.RingBlock block(RingBlock block) {
    return new org.memo.bindings.flash.RingBlock(
        block.chunkTokens(), block.places(), block.queryPlace(), block.keyPlace());
  }
}
