package org.memo.bindings.flash;

import org.memo.bindings.NativeCallException;
import org.memo.bindings.cuda.CudaKernelStatus;
import org.memo.bindings.cuda.CudaQueue;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.bindings.flash.generated.MemoFlash;

/**
 * Exact attention, causal, grouped-query, block-diagonal over segments; deterministic both ways.
 */
public final class FlashAttention {
  private static final int OK = CudaKernelStatus.ok();

  private FlashAttention() {}

  /**
   * out [tokens, heads, headDim] and lse [heads, tokens], f32: the log of the sum of exponentials
   * of the scaled scores. Faults on segment offsets.
   */
  public static void forward(
      FlashShape shape,
      DeviceRows q,
      DeviceRows k,
      DeviceRows v,
      DeviceRows out,
      DeviceAddress lse,
      CudaQueue queue) {
    int status =
        MemoFlash.memo_flash_attention_forward(
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
            shape.tokens(),
            shape.heads(),
            shape.kvHeads(),
            shape.headDim(),
            shape.scale(),
            queue.pointer());
    if (status != OK) {
      throw failure(
          "memo_flash_attention_forward",
          status,
          "shape q_stride k_stride v_stride out_stride",
          shape,
          q.stride(),
          k.stride(),
          v.stride(),
          out.stride());
    }
  }

  /**
   * Writes dq, dk, dv. Faults on segment offsets.
   *
   * @param dout the gradient of {@code out}, with its stride
   * @param lse as {@link #forward} has written it
   * @param delta [heads, tokens] f32, scratch
   */
  public static void backward(
      FlashShape shape,
      DeviceRows q,
      DeviceRows k,
      DeviceRows v,
      DeviceRows out,
      DeviceAddress dout,
      DeviceAddress lse,
      DeviceAddress delta,
      DeviceRows dq,
      DeviceRows dk,
      DeviceRows dv,
      CudaQueue queue) {
    int status =
        MemoFlash.memo_flash_attention_backward(
            shape.type().code(),
            q.data().pointer(),
            q.stride(),
            k.data().pointer(),
            k.stride(),
            v.data().pointer(),
            v.stride(),
            out.data().pointer(),
            dout.pointer(),
            out.stride(),
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
            shape.tokens(),
            shape.heads(),
            shape.kvHeads(),
            shape.headDim(),
            shape.scale(),
            queue.pointer());
    if (status != OK) {
      throw failure(
          "memo_flash_attention_backward",
          status,
          "shape q_stride k_stride v_stride out_stride dq_stride dk_stride dv_stride",
          shape,
          q.stride(),
          k.stride(),
          v.stride(),
          out.stride(),
          dq.stride(),
          dk.stride(),
          dv.stride());
    }
  }

  static NativeCallException failure(String call, int status, String names, Object... values) {
    // memo_flash_last_error is never NULL and ends with a zero byte
    String text = MemoFlash.memo_flash_last_error().getString(0);
    return CudaKernelStatus.failure(call, status, text, names, values);
  }
}
