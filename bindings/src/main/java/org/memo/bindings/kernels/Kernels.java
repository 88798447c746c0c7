package org.memo.bindings.kernels;

import static org.memo.bindings.Segments.requireBytes;
import static org.memo.bindings.Segments.requireDoubles;
import static org.memo.bindings.Segments.requireFloats;
import static org.memo.bindings.Segments.requireInts;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.memo.bindings.NativeLibraries;
import org.memo.bindings.kernels.generated.MemoKernels;

/**
 * Memo's CPU kernels, checked: a segment that is too small for its shape is refused with an {@link
 * IllegalArgumentException} before the call, and an error of the kernel becomes a {@link
 * org.memo.bindings.NativeCallException}.
 *
 * <p>What each kernel computes is said in {@code memo_kernels.h}. All tensors are f32, row-major
 * and native memory; counts are in elements. A call runs in the calling thread and its OpenMP team
 * and returns when the result is there. Call {@link org.memo.bindings.NativeLibraries#load()} once
 * before, which fails with a clear message where a library is missing.
 */
public final class Kernels {
  private Kernels() {}

  /** The version of the loaded library's ABI. */
  public static int version() {
    NativeLibraries.load();
    return MemoKernels.memo_version();
  }

  /** The instruction set in use: "avx512", "avx2" or "portable". */
  public static String isa() {
    NativeLibraries.load();
    return MemoKernels.memo_isa().getString(0);
  }

  /** Switches the whole process to the named instruction set; for tests. */
  public static void useIsa(String name) {
    try (Arena arena = Arena.ofConfined()) {
      check("memo_use_isa", MemoKernels.memo_use_isa(arena.allocateFrom(name)), "name", name);
    }
  }

  /**
   * The OpenMP threads, 1 or more, that later calls from the calling thread use; also those of
   * oneDNN.
   */
  public static void setNumThreads(int numThreads) {
    NativeLibraries.load();
    check(
        "memo_set_num_threads",
        MemoKernels.memo_set_num_threads(numThreads),
        "num_threads",
        numThreads);
  }

  /** How often kernels have grown their internal scratch memory since the library was loaded. */
  public static long scratchAllocations() {
    return MemoKernels.memo_scratch_allocations();
  }

  /**
   * Copies all of {@code source} to the start of {@code destination}, with the calling thread only.
   */
  public static void copy(MemorySegment destination, MemorySegment source) {
    long sizeBytes = source.byteSize();
    requireBytes("destination", sizeBytes, destination);
    check(
        "memo_copy",
        MemoKernels.memo_copy(destination, source, sizeBytes),
        "size_bytes",
        sizeBytes);
  }

  /** Fills all of {@code destination} with zero bytes, with all threads. */
  public static void zero(MemorySegment destination) {
    long sizeBytes = destination.byteSize();
    check("memo_zero", MemoKernels.memo_zero(destination, sizeBytes), "size_bytes", sizeBytes);
  }

  /** x, y [rows, cols], weight [cols]. */
  public static void rmsNormForward(
      MemorySegment x, MemorySegment weight, MemorySegment y, long rows, long cols, float epsilon) {
    requireFloats("x y", elements(rows, cols), x, y);
    requireFloats("weight", cols, weight);
    check(
        "memo_rms_norm_forward_f32",
        MemoKernels.memo_rms_norm_forward_f32(x, weight, y, rows, cols, epsilon),
        "rows cols epsilon",
        rows,
        cols,
        epsilon);
  }

  /** Adds to dx [rows, cols] and to dweight [cols]. */
  public static void rmsNormBackward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dweight,
      long rows,
      long cols,
      float epsilon) {
    requireFloats("x dy dx", elements(rows, cols), x, dy, dx);
    requireFloats("weight dweight", cols, weight, dweight);
    check(
        "memo_rms_norm_backward_f32",
        MemoKernels.memo_rms_norm_backward_f32(x, weight, dy, dx, dweight, rows, cols, epsilon),
        "rows cols epsilon",
        rows,
        cols,
        epsilon);
  }

  /** x, y [rows, cols], weight, bias [cols]. */
  public static void layerNormForward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment bias,
      MemorySegment y,
      long rows,
      long cols,
      float epsilon) {
    requireFloats("x y", elements(rows, cols), x, y);
    requireFloats("weight bias", cols, weight, bias);
    check(
        "memo_layer_norm_forward_f32",
        MemoKernels.memo_layer_norm_forward_f32(x, weight, bias, y, rows, cols, epsilon),
        "rows cols epsilon",
        rows,
        cols,
        epsilon);
  }

  /** Adds to dx [rows, cols], to dweight and to dbias [cols]. */
  public static void layerNormBackward(
      MemorySegment x,
      MemorySegment weight,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dweight,
      MemorySegment dbias,
      long rows,
      long cols,
      float epsilon) {
    requireFloats("x dy dx", elements(rows, cols), x, dy, dx);
    requireFloats("weight dweight dbias", cols, weight, dweight, dbias);
    check(
        "memo_layer_norm_backward_f32",
        MemoKernels.memo_layer_norm_backward_f32(
            x, weight, dy, dx, dweight, dbias, rows, cols, epsilon),
        "rows cols epsilon",
        rows,
        cols,
        epsilon);
  }

  /** Adds bias [cols] to each row of y [rows, cols]. */
  public static void biasForward(MemorySegment y, MemorySegment bias, long rows, long cols) {
    requireFloats("y", elements(rows, cols), y);
    requireFloats("bias", cols, bias);
    check(
        "memo_bias_forward_f32",
        MemoKernels.memo_bias_forward_f32(y, bias, rows, cols),
        "rows cols",
        rows,
        cols);
  }

  /** Adds the column sums of dy [rows, cols] to dbias [cols]. */
  public static void biasBackward(MemorySegment dy, MemorySegment dbias, long rows, long cols) {
    requireFloats("dy", elements(rows, cols), dy);
    requireFloats("dbias", cols, dbias);
    check(
        "memo_bias_backward_f32",
        MemoKernels.memo_bias_backward_f32(dy, dbias, rows, cols),
        "rows cols",
        rows,
        cols);
  }

  /** y += x, n elements each. */
  public static void residualAdd(MemorySegment y, MemorySegment x, long n) {
    requireFloats("y x", n, y, x);
    check("memo_residual_add_f32", MemoKernels.memo_residual_add_f32(y, x, n), "n", n);
  }

  /** gateUp [rows, 2 ffn]: gates, then ups; act [rows, ffn] = silu(gate) * up. */
  public static void swigluForward(MemorySegment gateUp, MemorySegment act, long rows, long ffn) {
    requireFloats("gate_up", elements(rows, 2 * ffn), gateUp);
    requireFloats("act", elements(rows, ffn), act);
    check(
        "memo_swiglu_forward_f32",
        MemoKernels.memo_swiglu_forward_f32(gateUp, act, rows, ffn),
        "rows ffn",
        rows,
        ffn);
  }

  /** In place: gateUp becomes its gradient, and dact becomes act again. */
  public static void swigluBackward(MemorySegment gateUp, MemorySegment dact, long rows, long ffn) {
    requireFloats("gate_up", elements(rows, 2 * ffn), gateUp);
    requireFloats("dact", elements(rows, ffn), dact);
    check(
        "memo_swiglu_backward_f32",
        MemoKernels.memo_swiglu_backward_f32(gateUp, dact, rows, ffn),
        "rows ffn",
        rows,
        ffn);
  }

  /** act = gelu(x) by the tanh formula, n elements. */
  public static void geluForward(MemorySegment x, MemorySegment act, long n) {
    requireFloats("x act", n, x, act);
    check("memo_gelu_forward_f32", MemoKernels.memo_gelu_forward_f32(x, act, n), "n", n);
  }

  /** In place: x becomes its gradient, and dact becomes act again. */
  public static void geluBackward(MemorySegment x, MemorySegment dact, long n) {
    requireFloats("x dact", n, x, dact);
    check("memo_gelu_backward_f32", MemoKernels.memo_gelu_backward_f32(x, dact, n), "n", n);
  }

  /** cosines, sines [positions, halfDim] from inverseFrequency [halfDim]. */
  public static void rotaryTable(
      MemorySegment inverseFrequency,
      MemorySegment cosines,
      MemorySegment sines,
      long positions,
      long halfDim) {
    requireFloats("inverse_frequency", halfDim, inverseFrequency);
    requireFloats("cosines sines", elements(positions, halfDim), cosines, sines);
    check(
        "memo_rotary_table_f32",
        MemoKernels.memo_rotary_table_f32(inverseFrequency, cosines, sines, positions, halfDim),
        "positions half_dim",
        positions,
        halfDim);
  }

  /**
   * Rotates x [rows, heads, headDim] in place, backwards where {@code inverse}.
   *
   * @param positions [rows] i32, each less than the table's positions (not checked)
   * @param cosines [table positions, headDim / 2], as sines
   */
  public static void rotary(
      Rows x,
      MemorySegment positions,
      MemorySegment cosines,
      MemorySegment sines,
      long rows,
      long heads,
      long headDim,
      boolean inverse) {
    x.requireShape("x", rows, Math.multiplyExact(heads, headDim));
    requireInts("positions", rows, positions);
    check(
        "memo_rotary_f32",
        MemoKernels.memo_rotary_f32(
            x.data(), x.stride(), positions, cosines, sines, rows, heads, headDim, bit(inverse)),
        "row_stride rows heads head_dim inverse",
        x.stride(),
        rows,
        heads,
        headDim,
        inverse);
  }

  /**
   * y [rows, cols] = table [tableRows, cols] at ids [rows] i32, or += where {@code accumulate}. An
   * id outside the table is refused.
   */
  public static void embeddingForward(
      MemorySegment table,
      MemorySegment ids,
      MemorySegment y,
      long rows,
      long cols,
      long tableRows,
      boolean accumulate) {
    requireFloats("table", elements(tableRows, cols), table);
    requireInts("ids", rows, ids);
    requireFloats("y", elements(rows, cols), y);
    check(
        "memo_embedding_forward_f32",
        MemoKernels.memo_embedding_forward_f32(
            table, ids, y, rows, cols, tableRows, bit(accumulate)),
        "rows cols table_rows accumulate",
        rows,
        cols,
        tableRows,
        accumulate);
  }

  /**
   * Adds dy [rows, cols] to dtable [tableRows, cols] at ids [rows] i32, but for the rows of {@code
   * skippedId}; a negative one skips none.
   */
  public static void embeddingBackward(
      MemorySegment dy,
      MemorySegment ids,
      MemorySegment dtable,
      long rows,
      long cols,
      long tableRows,
      long skippedId) {
    requireFloats("dtable", elements(tableRows, cols), dtable);
    requireInts("ids", rows, ids);
    requireFloats("dy", elements(rows, cols), dy);
    check(
        "memo_embedding_backward_f32",
        MemoKernels.memo_embedding_backward_f32(dy, ids, dtable, rows, cols, tableRows, skippedId),
        "rows cols table_rows skipped_id",
        rows,
        cols,
        tableRows,
        skippedId);
  }

  /**
   * Causal attention. q, out [T, H D], k, v [T, K D], all with their row strides; lse [H, T]: the
   * log of the sum of the exponentials of the scaled scores.
   */
  public static void attentionForward(
      Rows q, Rows k, Rows v, Rows out, MemorySegment lse, AttentionShape shape) {
    requireAttentionInputs(q, k, v, shape);
    out.requireShape("out", shape.tokens(), shape.queryCols());
    requireFloats("lse", shape.statistics(), lse);
    int status =
        MemoKernels.memo_attention_forward_f32(
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
    check("memo_attention_forward_f32", status, "shape", shape);
  }

  /** Writes dq, dk and dv. dout has the rows and the stride of out; delta [H, T] is scratch. */
  public static void attentionBackward(
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
    requireAttentionInputs(q, k, v, shape);
    out.requireShape("out", shape.tokens(), shape.queryCols());
    new Rows(dout, out.stride()).requireShape("dout", shape.tokens(), shape.queryCols());
    requireFloats("lse delta", shape.statistics(), lse, delta);
    dq.requireShape("dq", shape.tokens(), shape.queryCols());
    dk.requireShape("dk", shape.tokens(), shape.keyCols());
    dv.requireShape("dv", shape.tokens(), shape.keyCols());
    int status =
        MemoKernels.memo_attention_backward_f32(
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
    check("memo_attention_backward_f32", status, "shape", shape);
  }

  /**
   * logits [rows, vocab] become their gradient times {@code scale}; targets [rows] i32, negative
   * where a token does not count; the unscaled losses are added to lossSum [1] f64.
   */
  public static void crossEntropy(
      MemorySegment logits,
      MemorySegment targets,
      MemorySegment lossSum,
      long rows,
      long vocab,
      float scale) {
    requireFloats("logits", elements(rows, vocab), logits);
    requireInts("targets", rows, targets);
    requireDoubles("loss_sum", 1, lossSum);
    check(
        "memo_cross_entropy_f32",
        MemoKernels.memo_cross_entropy_f32(logits, targets, lossSum, rows, vocab, scale),
        "rows vocab scale",
        rows,
        vocab,
        scale);
  }

  /** Adds the sum of x[i]^2 over n elements to sum [1] f64. */
  public static void sumOfSquares(MemorySegment x, long n, MemorySegment sum) {
    requireFloats("x", n, x);
    requireDoubles("sum", 1, sum);
    check("memo_sum_of_squares_f32", MemoKernels.memo_sum_of_squares_f32(x, n, sum), "n", n);
  }

  /** One AdamW step over n elements; the gradient is zero afterwards. */
  public static void adamw(
      MemorySegment w,
      MemorySegment m,
      MemorySegment v,
      MemorySegment gradient,
      long n,
      AdamWStep step) {
    requireFloats("w m v gradient", n, w, m, v, gradient);
    int status =
        MemoKernels.memo_adamw_f32(
            w,
            m,
            v,
            gradient,
            n,
            step.gradientScale(),
            step.lr(),
            step.beta1(),
            step.beta2(),
            step.epsilon(),
            step.weightDecay(),
            step.biasCorrection1(),
            step.biasCorrection2());
    check("memo_adamw_f32", status, "n step", n, step);
  }

  private static void requireAttentionInputs(Rows q, Rows k, Rows v, AttentionShape shape) {
    q.requireShape("q", shape.tokens(), shape.queryCols());
    k.requireShape("k", shape.tokens(), shape.keyCols());
    v.requireShape("v", shape.tokens(), shape.keyCols());
  }

  private static long elements(long rows, long cols) {
    return Math.multiplyExact(rows, cols);
  }

  private static void check(String call, int status, String names, Object... values) {
    if (status != MemoKernels.MEMO_OK()) {
      throw KernelStatus.failure(call, status, names, values);
    }
  }

  private static int bit(boolean value) {
    return value ? 1 : 0;
  }
}
