package org.memo.bindings.onednn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.memo.bindings.StorageType;
import org.memo.bindings.onednn.generated.OneDnn;
import org.memo.bindings.onednn.generated.dnnl_exec_arg_t;

/**
 * oneDNN's matmul, compiled for one shape and for the number of threads of the creating thread.
 *
 * <p>The layouts are plain. Measured on an AVX-512 machine in the three forms of training, with 384
 * to 1024 columns and 512 to 8192 tokens: 81 to 100 % of an FMA loop's peak. Weights reordered to a
 * blocked layout gain at most 5 % and lose as much to the reordering; dnnl_sgemm is as fast with
 * one thread but loses up to two thirds with two where k is 1024.
 */
final class MatmulPrimitive implements AutoCloseable {
  private final ProductShape shape;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment primitive;
  private final MemorySegment a;
  private final MemorySegment b;
  private final MemorySegment c;
  private final MemorySegment scratch;
  private final long scratchBytes;
  private final MemorySegment arguments;

  MatmulPrimitive(MemorySegment engine, ProductShape shape) {
    this.shape = shape;
    try (Arena building = Arena.ofConfined()) {
      OneDnnObjects parts = new OneDnnObjects(building);
      OneDnnObjects kept = new OneDnnObjects(arena);
      MemorySegment layoutA =
          matrix(
              building, parts, shape.type(), shape.m(), shape.k(), shape.transposeA(), shape.lda());
      MemorySegment layoutB =
          matrix(
              building, parts, shape.type(), shape.k(), shape.n(), shape.transposeB(), shape.ldb());
      MemorySegment layoutC =
          matrix(building, parts, shape.outType(), shape.m(), shape.n(), false, shape.ldc());
      MemorySegment descriptor =
          descriptor(parts, engine, layoutA, layoutB, layoutC, attributes(parts));
      MemorySegment layoutScratch =
          OneDnn.dnnl_primitive_desc_query_md(descriptor, OneDnn.dnnl_query_scratchpad_md(), 0);
      primitive =
          kept.create(
              "dnnl_primitive_create",
              slot -> OneDnn.dnnl_primitive_create(slot, descriptor),
              OneDnn::dnnl_primitive_destroy,
              "shape",
              shape);
      a = memory(kept, engine, layoutA);
      b = memory(kept, engine, layoutB);
      c = memory(kept, engine, layoutC);
      scratch = memory(kept, engine, layoutScratch);
      scratchBytes = OneDnn.dnnl_memory_desc_get_size(layoutScratch);
      arguments = arguments();
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /** The scratch memory, in bytes, that {@link #run} needs. */
  long scratchBytes() {
    return scratchBytes;
  }

  void run(
      MemorySegment stream,
      MemorySegment dataA,
      MemorySegment dataB,
      MemorySegment dataC,
      MemorySegment dataScratch) {
    point(a, dataA);
    point(b, dataB);
    point(c, dataC);
    point(scratch, dataScratch);
    OneDnnObjects.check(
        "dnnl_primitive_execute",
        OneDnn.dnnl_primitive_execute(primitive, stream, 4, arguments),
        "shape",
        shape);
    OneDnnObjects.check("dnnl_stream_wait", OneDnn.dnnl_stream_wait(stream), "shape", shape);
  }

  @Override
  public void close() {
    arena.close();
  }

  /** A logical [rows, cols] matrix; transposed, its columns lie in memory as rows. */
  private static MemorySegment matrix(
      Arena building,
      OneDnnObjects parts,
      StorageType type,
      long rows,
      long cols,
      boolean transposed,
      long rowStride) {
    MemorySegment sizes = building.allocateFrom(ValueLayout.JAVA_LONG, rows, cols);
    MemorySegment strides =
        transposed
            ? building.allocateFrom(ValueLayout.JAVA_LONG, 1, rowStride)
            : building.allocateFrom(ValueLayout.JAVA_LONG, rowStride, 1);
    return parts.create(
        "dnnl_memory_desc_create_with_strides",
        slot ->
            OneDnn.dnnl_memory_desc_create_with_strides(slot, 2, sizes, dataType(type), strides),
        OneDnn::dnnl_memory_desc_destroy,
        "rows cols row_stride",
        rows,
        cols,
        rowStride);
  }

  private static int dataType(StorageType type) {
    return switch (type) {
      case F32 -> OneDnn.dnnl_f32();
      case BF16 -> OneDnn.dnnl_bf16();
    };
  }

  private MemorySegment attributes(OneDnnObjects parts) {
    MemorySegment attributes =
        parts.create(
            "dnnl_primitive_attr_create",
            OneDnn::dnnl_primitive_attr_create,
            OneDnn::dnnl_primitive_attr_destroy,
            "");
    OneDnnObjects.check(
        "dnnl_primitive_attr_set_scratchpad_mode",
        OneDnn.dnnl_primitive_attr_set_scratchpad_mode(
            attributes, OneDnn.dnnl_scratchpad_mode_user()),
        "");
    OneDnnObjects.check(
        "dnnl_primitive_attr_set_deterministic",
        OneDnn.dnnl_primitive_attr_set_deterministic(attributes, 1),
        "");
    if (shape.accumulate()) {
      MemorySegment sum =
          parts.create(
              "dnnl_post_ops_create",
              OneDnn::dnnl_post_ops_create,
              OneDnn::dnnl_post_ops_destroy,
              "");
      OneDnnObjects.check(
          "dnnl_post_ops_append_sum",
          OneDnn.dnnl_post_ops_append_sum(sum, 1f, 0, OneDnn.dnnl_data_type_undef()),
          "");
      OneDnnObjects.check(
          "dnnl_primitive_attr_set_post_ops",
          OneDnn.dnnl_primitive_attr_set_post_ops(attributes, sum),
          "");
    }
    return attributes;
  }

  private MemorySegment descriptor(
      OneDnnObjects parts,
      MemorySegment engine,
      MemorySegment layoutA,
      MemorySegment layoutB,
      MemorySegment layoutC,
      MemorySegment attributes) {
    return parts.create(
        "dnnl_matmul_primitive_desc_create",
        slot ->
            OneDnn.dnnl_matmul_primitive_desc_create(
                slot, engine, layoutA, layoutB, MemorySegment.NULL, layoutC, attributes),
        OneDnn::dnnl_primitive_desc_destroy,
        "shape",
        shape);
  }

  /** A memory object whose address {@link #point} sets before each run. */
  private static MemorySegment memory(
      OneDnnObjects kept, MemorySegment engine, MemorySegment layout) {
    return kept.create(
        "dnnl_memory_create",
        slot -> OneDnn.dnnl_memory_create(slot, layout, engine, MemorySegment.NULL),
        OneDnn::dnnl_memory_destroy,
        "");
  }

  private MemorySegment arguments() {
    MemorySegment array = dnnl_exec_arg_t.allocateArray(4, arena);
    argument(array, 0, OneDnn.DNNL_ARG_SRC(), a);
    argument(array, 1, OneDnn.DNNL_ARG_WEIGHTS(), b);
    argument(array, 2, OneDnn.DNNL_ARG_DST(), c);
    argument(array, 3, OneDnn.DNNL_ARG_SCRATCHPAD(), scratch);
    return array;
  }

  private static void argument(MemorySegment array, long index, int role, MemorySegment memory) {
    MemorySegment element = dnnl_exec_arg_t.asSlice(array, index);
    dnnl_exec_arg_t.arg(element, role);
    dnnl_exec_arg_t.memory(element, memory);
  }

  private static void point(MemorySegment memory, MemorySegment data) {
    OneDnnObjects.check(
        "dnnl_memory_set_data_handle", OneDnn.dnnl_memory_set_data_handle(memory, data), "");
  }
}
