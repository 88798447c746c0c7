package org.memo.device.cuda;

import java.util.Optional;
import org.memo.bindings.flash.FlashAttention;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;

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
    AttentionMatrices of =
        new AttentionMatrices(operation.shape(), operation.type(), queue::addressOf);
    FlashAttention.forward(
        of.shape(operation.segmentOffsets()),
        of.queries(operation.qkv()),
        of.keys(operation.qkv()),
        of.values(operation.qkv()),
        of.output(operation.out()),
        of.at(operation.logSumExp()),
        queue.kernelQueue());
  }

  @Override
  public void backward(FlashAttentionBackward operation, AttentionQueue queue) {
    AttentionMatrices of =
        new AttentionMatrices(operation.shape(), operation.type(), queue::addressOf);
    FlashAttention.backward(
        of.shape(operation.segmentOffsets()),
        of.queries(operation.qkv()),
        of.keys(operation.qkv()),
        of.values(operation.qkv()),
        of.output(operation.out()),
        of.at(operation.dout()),
        of.at(operation.logSumExp()),
        of.at(operation.delta()),
        of.queries(operation.dqkv()),
        of.keys(operation.dqkv()),
        of.values(operation.dqkv()),
        queue.kernelQueue());
  }

  @Override
  public void close() {}
}
