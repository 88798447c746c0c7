package org.memo.bindings.kernels;

import static org.memo.bindings.Segments.requireFloats;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.StorageType;
import org.memo.bindings.kernels.generated.MemoKernels;

/**
 * Attention of one place's queries to one place's keys and values. A shape's tokens are those of a
 * place, its segments those of the whole sequence. Outputs, statistics and gradients, to which each
 * block adds, are f32 whatever the type.
 */
public final class RingAttentionKernels {
  private RingAttentionKernels() {}

  /**
   * The attention over the keys so far. q, out [T, H D], k, v [T, K D], lse [H, T].
   *
   * @param first whether no keys came before: out and lse are written, else they become those with
   *     these keys too
   */
  public static void forward(
      StorageType type,
      Rows q,
      Rows k,
      Rows v,
      Rows out,
      MemorySegment lse,
      boolean first,
      RingBlock block,
      AttentionShape shape) {
    requireInputs(type, q, k, v, block, shape);
    out.requireShape("out", StorageType.F32, shape.tokens(), shape.queryCols());
    requireFloats("lse", shape.statistics(), lse);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_ring_attention_forward_f32(
                q.data(),
                q.stride(),
                k.data(),
                k.stride(),
                v.data(),
                v.stride(),
                out.data(),
                out.stride(),
                lse,
                first ? 1 : 0,
                shape.segmentOffsets(),
                shape.numSegments(),
                block.chunkTokens(),
                block.places(),
                block.queryPlace(),
                block.keyPlace(),
                shape.heads(),
                shape.kvHeads(),
                shape.headDim(),
                shape.scale())
            : MemoKernels.memo_ring_attention_forward_bf16(
                q.data(),
                q.stride(),
                k.data(),
                k.stride(),
                v.data(),
                v.stride(),
                out.data(),
                out.stride(),
                lse,
                first ? 1 : 0,
                shape.segmentOffsets(),
                shape.numSegments(),
                block.chunkTokens(),
                block.places(),
                block.queryPlace(),
                block.keyPlace(),
                shape.heads(),
                shape.kvHeads(),
                shape.headDim(),
                shape.scale());
    KernelStatus.check(
        type, "memo_ring_attention_forward", status, "first block shape", first, block, shape);
  }

  /**
   * Adds to dq, dk and dv. lse and delta [H, T] are over the keys of all places; delta is of {@link
   * AttentionKernels#delta}.
   */
  public static void backward(
      StorageType type,
      Rows q,
      Rows k,
      Rows v,
      Rows dout,
      MemorySegment lse,
      MemorySegment delta,
      Rows dq,
      Rows dk,
      Rows dv,
      RingBlock block,
      AttentionShape shape) {
    requireInputs(type, q, k, v, block, shape);
    dout.requireShape("dout", type, shape.tokens(), shape.queryCols());
    requireFloats("lse delta", shape.statistics(), lse, delta);
    dq.requireShape("dq", StorageType.F32, shape.tokens(), shape.queryCols());
    dk.requireShape("dk", StorageType.F32, shape.tokens(), shape.keyCols());
    dv.requireShape("dv", StorageType.F32, shape.tokens(), shape.keyCols());
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_ring_attention_backward_f32(
                q.data(),
                q.stride(),
                k.data(),
                k.stride(),
                v.data(),
                v.stride(),
                dout.data(),
                dout.stride(),
                lse,
                delta,
                dq.data(),
                dq.stride(),
                dk.data(),
                dk.stride(),
                dv.data(),
                dv.stride(),
                shape.segmentOffsets(),
                shape.numSegments(),
                block.chunkTokens(),
                block.places(),
                block.queryPlace(),
                block.keyPlace(),
                shape.heads(),
                shape.kvHeads(),
                shape.headDim(),
                shape.scale())
            : MemoKernels.memo_ring_attention_backward_bf16(
                q.data(),
                q.stride(),
                k.data(),
                k.stride(),
                v.data(),
                v.stride(),
                dout.data(),
                dout.stride(),
                lse,
                delta,
                dq.data(),
                dq.stride(),
                dk.data(),
                dk.stride(),
                dv.data(),
                dv.stride(),
                shape.segmentOffsets(),
                shape.numSegments(),
                block.chunkTokens(),
                block.places(),
                block.queryPlace(),
                block.keyPlace(),
                shape.heads(),
                shape.kvHeads(),
                shape.headDim(),
                shape.scale());
    KernelStatus.check(type, "memo_ring_attention_backward", status, "block shape", block, shape);
  }

  private static void requireInputs(
      StorageType type, Rows q, Rows k, Rows v, RingBlock block, AttentionShape shape) {
    if (shape.tokens() != Math.multiplyExact(2, block.chunkTokens())) {
      throw new IllegalArgumentException(
          "tokens=%d, but a place holds two chunks of %d"
              .formatted(shape.tokens(), block.chunkTokens()));
    }
    AttentionKernels.requireAttentionInputs(type, q, k, v, shape);
  }
}
