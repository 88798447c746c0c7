package org.memo.bindings.flash;

import org.memo.bindings.StorageType;
import org.memo.bindings.cuda.CudaKernelStatus;
import org.memo.bindings.cuda.CudaQueue;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.bindings.flash.generated.MemoFlash;

/**
 * The attention of one place's queries to one place's keys and values; deterministic both ways. The
 * shape's tokens are a place's, its segments the whole sequence's; results are f32.
 */
public final class RingAttention {
  private static final int OK = CudaKernelStatus.ok();

  private RingAttention() {}

  /**
   * Adds a block to out [tokens, heads, headDim] and lse [heads, tokens], which are of all keys so
   * far. Faults on segment offsets.
   *
   * @param first whether no keys came before: out and lse are not read
   */
  public static void forward(
      FlashShape shape,
      RingBlock block,
      DeviceRows q,
      DeviceRows k,
      DeviceRows v,
      DeviceRows out,
      DeviceAddress lse,
      boolean first,
      CudaQueue queue) {
    int status =
        MemoFlash.memo_flash_ring_attention_forward(
            shape.type().code(),
            q.data().pointer(),
            q.stride(),
            k.data().pointer(),
            k.stride(),
            v.data().pointer(),
            v.stride(),
            out.data().pointer(),
            out.stride(),
            lse.pointer(),
            shape.segmentOffsets().pointer(),
            shape.numSegments(),
            block.chunkTokens(),
            block.places(),
            block.queryPlace(),
            block.keyPlace(),
            shape.heads(),
            shape.kvHeads(),
            shape.headDim(),
            shape.scale(),
            first ? 1 : 0,
            queue.pointer());
    if (status != OK) {
      throw FlashAttention.failure(
          "memo_flash_ring_attention_forward",
          status,
          "shape block q_stride k_stride v_stride out_stride",
          shape,
          block,
          q.stride(),
          k.stride(),
          v.stride(),
          out.stride());
    }
  }

  /**
   * Adds to dq, dk, dv. Faults on segment offsets.
   *
   * @param lse of all keys; -infinity of a query that adds nothing
   * @param delta as {@link #delta} gives it
   */
  public static void backward(
      FlashShape shape,
      RingBlock block,
      DeviceRows q,
      DeviceRows k,
      DeviceRows v,
      DeviceRows dout,
      DeviceAddress lse,
      DeviceAddress delta,
      DeviceRows dq,
      DeviceRows dk,
      DeviceRows dv,
      CudaQueue queue) {
    int status =
        MemoFlash.memo_flash_ring_attention_backward(
            shape.type().code(),
            q.data().pointer(),
            q.stride(),
            k.data().pointer(),
            k.stride(),
            v.data().pointer(),
            v.stride(),
            dout.data().pointer(),
            dout.stride(),
            lse.pointer(),
            delta.pointer(),
            dq.data().pointer(),
            dq.stride(),
            dk.data().pointer(),
            dk.stride(),
            dv.data().pointer(),
            dv.stride(),
            shape.segmentOffsets().pointer(),
            shape.numSegments(),
            block.chunkTokens(),
            block.places(),
            block.queryPlace(),
            block.keyPlace(),
            shape.heads(),
            shape.kvHeads(),
            shape.headDim(),
            shape.scale(),
            queue.pointer());
    if (status != OK) {
      throw FlashAttention.failure(
          "memo_flash_ring_attention_backward",
          status,
          "shape block q_stride k_stride v_stride dout_stride dq_stride dk_stride dv_stride",
          shape,
          block,
          q.stride(),
          k.stride(),
          v.stride(),
          dout.stride(),
          dq.stride(),
          dk.stride(),
          dv.stride());
    }
  }

  /** delta [heads, tokens] f32: the row sums of dout * out, for each head. */
  public static void delta(
      StorageType type,
      DeviceRows out,
      DeviceAddress dout,
      DeviceAddress delta,
      long tokens,
      long heads,
      long headDim,
      CudaQueue queue) {
    int status =
        MemoFlash.memo_flash_attention_delta(
            type.code(),
            out.data().pointer(),
            dout.pointer(),
            out.stride(),
            delta.pointer(),
            tokens,
            heads,
            headDim,
            queue.pointer());
    if (status != OK) {
      throw FlashAttention.failure(
          "memo_flash_attention_delta",
          status,
          "type out_stride tokens heads head_dim",
          type,
          out.stride(),
          tokens,
          heads,
          headDim);
    }
  }
}
