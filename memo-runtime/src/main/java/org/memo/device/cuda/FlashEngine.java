package org.memo.device.cuda;

import java.util.Optional;
import org.memo.bindings.cuda.CudaQueue;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.bindings.flash.DeviceRows;
import org.memo.bindings.flash.FlashAttention;
import org.memo.bindings.flash.FlashShape;
import org.memo.device.DeviceRegion;
import org.memo.device.KernelArguments;
import org.memo.op.AttentionShape;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;
import org.memo.planner.cost.ElementType;

/** Attention by Memo's own kernels: any shape, deterministic, without scratch. */
final class FlashEngine implements AttentionEngine {
  static final String NAME = "memo flash";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public boolean isDeterministic(AttentionProblem problem) {
    return true;
  }

  /** A shape that the kernels do not compute they refuse themselves, by name. */
  @Override
  public Optional<String> refusal(AttentionProblem problem) {
    return Optional.empty();
  }

  @Override
  public long workspaceBytes(AttentionProblem problem) {
    return 0;
  }

  @Override
  public void forward(FlashAttentionForward operation, AttentionQueue queue) {
    Matrices of = new Matrices(operation.shape(), operation.type(), queue);
    FlashAttention.forward(
        of.shape(operation.segmentOffsets()),
        of.queries(operation.qkv()),
        of.keys(operation.qkv()),
        of.values(operation.qkv()),
        of.output(operation.out()),
        queue.addressOf(operation.logSumExp()),
        queue.kernelQueue());
  }

  @Override
  public void backward(FlashAttentionBackward operation, AttentionQueue queue) {
    Matrices of = new Matrices(operation.shape(), operation.type(), queue);
    CudaQueue kernelQueue = queue.kernelQueue();
    FlashAttention.backward(
        of.shape(operation.segmentOffsets()),
        of.queries(operation.qkv()),
        of.keys(operation.qkv()),
        of.values(operation.qkv()),
        of.output(operation.out()),
        queue.addressOf(operation.dout()),
        queue.addressOf(operation.logSumExp()),
        queue.addressOf(operation.delta()),
        of.queries(operation.dqkv()),
        of.keys(operation.dqkv()),
        of.values(operation.dqkv()),
        kernelQueue);
  }

  @Override
  public void close() {}

  /** The columns of an operation's matrices. */
  private record Matrices(AttentionShape shape, ElementType type, AttentionQueue queue) {
    FlashShape shape(DeviceRegion segmentOffsets) {
      return new FlashShape(
          KernelArguments.storage(type),
          queue.addressOf(segmentOffsets),
          shape.segmentOffsets() - 1,
          shape.tokens(),
          shape.heads(),
          shape.kvHeads(),
          shape.headDim(),
          shape.scale());
    }

    DeviceRows queries(DeviceRegion qkv) {
      return columns(qkv, 0);
    }

    DeviceRows keys(DeviceRegion qkv) {
      return columns(qkv, shape.heads() * shape.headDim());
    }

    DeviceRows values(DeviceRegion qkv) {
      return columns(qkv, (shape.heads() + shape.kvHeads()) * shape.headDim());
    }

    DeviceRows output(DeviceRegion out) {
      return new DeviceRows(queue.addressOf(out), shape.outWidth());
    }

    private DeviceRows columns(DeviceRegion qkv, long firstColumn) {
      DeviceAddress start = queue.addressOf(qkv).plus(firstColumn * type.bytes());
      return new DeviceRows(start, shape.qkvWidth());
    }
  }
}
