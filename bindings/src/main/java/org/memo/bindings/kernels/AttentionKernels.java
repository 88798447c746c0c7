package org.memo.bindings.kernels;

import static org.memo.bindings.Segments.requireFloats;

import java.lang.foreign.MemorySegment;
import org.memo.bindings.StorageType;
import org.memo.bindings.kernels.generated.MemoKernels;

/** Causal attention. The statistics lse and delta are f32 whatever the type. */
public final class AttentionKernels {
  private AttentionKernels() {}

  /**
   * Causal attention. q, out [T, H D], k, v [T, K D], all with their row strides; lse [H, T]: the
   * log of the sum of the exponentials of the scaled scores.
   */
  public static void forward(
      StorageType type, Rows q, Rows k, Rows v, Rows out, MemorySegment lse, AttentionShape shape) {
    requireAttentionInputs(type, q, k, v, shape);
    out.requireShape("out", type, shape.tokens(), shape.queryCols());
    requireFloats("lse", shape.statistics(), lse);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_attention_forward_f32(
                q.data(),
                q.stride(),
                k.data(),
                k.stride(),
                v.data(),
                v.stride(),
                out.data(),
                out.stride(),
                lse,
                shape.segmentOffsets(),
                shape.numSegments(),
                shape.tokens(),
                shape.heads(),
                shape.kvHeads(),
                shape.headDim(),
                shape.scale())
            : MemoKernels.memo_attention_forward_bf16(
                q.data(),
                q.stride(),
                k.data(),
                k.stride(),
                v.data(),
                v.stride(),
                out.data(),
                out.stride(),
                lse,
                shape.segmentOffsets(),
                shape.numSegments(),
                shape.tokens(),
                shape.heads(),
                shape.kvHeads(),
                shape.headDim(),
                shape.scale());
    KernelStatus.check(type, "memo_attention_forward", status, "shape", shape);
  }

  /** Writes dq, dk and dv. dout has the rows and the stride of out; delta [H, T] is scratch. */
  public static void backward(
      StorageType type,
      Rows q,
      Rows k,
      Rows v,
      Rows out,
      MemorySegment dout,
      MemorySegment lse,
      MemorySegment delta,
      Rows dq,
      Rows dk,
      Rows dv,
      AttentionShape shape) {
    requireAttentionInputs(type, q, k, v, shape);
    out.requireShape("out", type, shape.tokens(), shape.queryCols());
    new Rows(dout, out.stride()).requireShape("dout", type, shape.tokens(), shape.queryCols());
    requireFloats("lse delta", shape.statistics(), lse, delta);
    dq.requireShape("dq", type, shape.tokens(), shape.queryCols());
    dk.requireShape("dk", type, shape.tokens(), shape.keyCols());
    dv.requireShape("dv", type, shape.tokens(), shape.keyCols());
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_attention_backward_f32(
                q.data(),
                q.stride(),
                k.data(),
                k.stride(),
                v.data(),
                v.stride(),
                out.data(),
                dout,
                out.stride(),
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
                shape.tokens(),
                shape.heads(),
                shape.kvHeads(),
                shape.headDim(),
                shape.scale())
            : MemoKernels.memo_attention_backward_bf16(
                q.data(),
                q.stride(),
                k.data(),
                k.stride(),
                v.data(),
                v.stride(),
                out.data(),
                dout,
                out.stride(),
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
                shape.tokens(),
                shape.heads(),
                shape.kvHeads(),
                shape.headDim(),
                shape.scale());
    KernelStatus.check(type, "memo_attention_backward", status, "shape", shape);
  }

  /** delta [H, T]: the row sums of dout * out [T, H D], for each head. */
  public static void delta(
      StorageType type,
      Rows out,
      MemorySegment dout,
      MemorySegment delta,
      long tokens,
      long heads,
      long headDim) {
    long cols = Math.multiplyExact(heads, headDim);
    out.requireShape("out", type, tokens, cols);
    new Rows(dout, out.stride()).requireShape("dout", type, tokens, cols);
    requireFloats("delta", Math.multiplyExact(heads, tokens), delta);
    int status =
        type == StorageType.F32
            ? MemoKernels.memo_attention_delta_f32(
                out.data(), dout, out.stride(), delta, tokens, heads, headDim)
            : MemoKernels.memo_attention_delta_bf16(
                out.data(), dout, out.stride(), delta, tokens, heads, headDim);
    KernelStatus.check(
        type,
        "memo_attention_delta",
        status,
        "out_stride tokens heads head_dim",
        out.stride(),
        tokens,
        heads,
        headDim);
  }

  static void requireAttentionInputs(
      StorageType type, Rows q, Rows k, Rows v, AttentionShape shape) {
    q.requireShape("q", type, shape.tokens(), shape.queryCols());
    k.requireShape("k", type, shape.tokens(), shape.keyCols());
    v.requireShape("v", type, shape.tokens(), shape.keyCols());
  }
}
