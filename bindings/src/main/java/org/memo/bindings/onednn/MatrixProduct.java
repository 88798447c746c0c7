package org.memo.bindings.onednn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.memo.bindings.NativeLibraries;
import org.memo.bindings.StorageType;
import org.memo.bindings.onednn.generated.OneDnn;

/**
 * Matrix products of row-major matrices by oneDNN, of f32 or of bf16, which are summed up in f32.
 * The same arguments and the same number of threads give the same bits.
 *
 * <p>Where the processor multiplies bf16 (AVX512_BF16, AMX), oneDNN does; elsewhere its products of
 * bf16 are slow or missing, and tiles of the matrices are converted to f32 and multiplied so.
 *
 * <p>One object serves one stream: it must not be used by two threads at once. A shape that is new
 * is compiled (about a millisecond) for the number of threads that the calling thread has then
 * ({@link org.memo.bindings.kernels.Kernels#setNumThreads}), so set that first; a shape that was
 * seen before allocates nothing.
 */
public final class MatrixProduct implements AutoCloseable {
  private static final long SCRATCH_ALIGNMENT_BYTES = 4096;

  /**
   * A longer k, as that of the gradient through the output projection to a vocabulary, is summed up
   * in runs of {@link #RUN_K}: 10 to 25 % faster at k = 32000 and 50257, the same at 8192.
   */
  private static final long LONG_K = 8192;

  private static final long RUN_K = 1024;

  private final Arena arena = Arena.ofShared();
  private final Map<ProductShape, MatmulPrimitive> primitives = new HashMap<>();
  private final MemorySegment engine;
  private final MemorySegment stream;
  private final boolean multipliesBf16;
  private final WidenedProduct widened = new WidenedProduct(this::run);
  private Arena scratchArena = Arena.ofShared();
  private MemorySegment scratch = scratchArena.allocate(0);
  private long scratchGrowths;

  /**
   * @throws org.memo.bindings.MissingLibraryException where oneDNN is missing
   */
  public MatrixProduct() {
    this(processorMultipliesBf16());
  }

  /**
   * @param multipliesBf16 whether oneDNN gets products of bf16 as they are
   */
  MatrixProduct(boolean multipliesBf16) {
    NativeLibraries.load();
    this.multipliesBf16 = multipliesBf16;
    OneDnnObjects objects = new OneDnnObjects(arena);
    engine =
        objects.create(
            "dnnl_engine_create",
            slot -> OneDnn.dnnl_engine_create(slot, OneDnn.dnnl_cpu(), 0),
            OneDnn::dnnl_engine_destroy,
            "");
    stream =
        objects.create(
            "dnnl_stream_create",
            slot -> OneDnn.dnnl_stream_create(slot, engine, OneDnn.dnnl_stream_default_flags()),
            OneDnn::dnnl_stream_destroy,
            "");
  }

  /**
   * Whether oneDNN, within the instruction sets that it may use here, multiplies bf16 by
   * instructions for it.
   */
  static boolean processorMultipliesBf16() {
    NativeLibraries.load();
    int needed = OneDnn.dnnl_cpu_isa_avx512_core_bf16();
    return (OneDnn.dnnl_get_effective_cpu_isa() & needed) == needed;
  }

  /**
   * C = op(A) op(B), or C += op(A) op(B) where {@code accumulate}; op transposes where asked.
   * Returns when C is there.
   *
   * @param type of A and B
   * @param outType of C: F32 or the type of A and B
   * @param m rows of op(A) and of C [m, n]
   * @param n columns of op(B) and of C
   * @param k columns of op(A) [m, k] and rows of op(B) [k, n]
   * @param lda elements between the rows of A as it lies in memory: [m, k], or [k, m] where
   *     transposed
   * @param ldb elements between the rows of B as it lies in memory: [k, n], or [n, k] where
   *     transposed
   * @param ldc elements between the rows of C
   * @throws IllegalArgumentException where a size is below 1 or a segment is smaller than its
   *     matrix
   * @throws org.memo.bindings.NativeCallException where oneDNN refuses
   */
  public void multiply(
      StorageType type,
      StorageType outType,
      boolean transposeA,
      boolean transposeB,
      long m,
      long n,
      long k,
      MemorySegment a,
      long lda,
      MemorySegment b,
      long ldb,
      MemorySegment c,
      long ldc,
      boolean accumulate) {
    ProductShape shape =
        new ProductShape(type, outType, transposeA, transposeB, m, n, k, lda, ldb, ldc, accumulate);
    shape.requireMemory(a, b, c);
    if (type == StorageType.BF16 && !multipliesBf16) {
      widened.multiply(shape, a, b, c);
    } else if (k <= LONG_K || outType == StorageType.BF16) {
      run(shape, a, b, c);
    } else {
      runInParts(shape, a, b, c);
    }
  }

  /** Into C of f32, which can hold the sum of some runs: bf16 would round each of them. */
  private void runInParts(ProductShape shape, MemorySegment a, MemorySegment b, MemorySegment c) {
    long bytes = shape.type().bytes();
    for (long from = 0; from < shape.k(); from += RUN_K) {
      MemorySegment partA = a.asSlice((shape.transposeA() ? from * shape.lda() : from) * bytes);
      MemorySegment partB = b.asSlice((shape.transposeB() ? from : from * shape.ldb()) * bytes);
      boolean accumulates = shape.accumulate() || from > 0;
      run(shape.ofRun(Math.min(RUN_K, shape.k() - from), accumulates), partA, partB, c);
    }
  }

  private void run(ProductShape shape, MemorySegment a, MemorySegment b, MemorySegment c) {
    MatmulPrimitive primitive = primitives.get(shape);
    if (primitive == null) {
      primitive = new MatmulPrimitive(engine, shape);
      primitives.put(shape, primitive);
      growScratch(primitive.scratchBytes());
    }
    primitive.run(stream, a, b, c, scratch);
  }

  /** How often the scratch memory has grown; constant in a steady step. */
  public long scratchGrowths() {
    return scratchGrowths + widened.scratchGrowths();
  }

  /** The scratch memory in bytes that the shapes seen so far need. */
  public long scratchBytes() {
    return scratch.byteSize() + widened.scratchBytes();
  }

  /** How many shapes have been compiled; constant in a steady step. */
  public long compiledShapes() {
    return primitives.size();
  }

  /** Closing again does nothing. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      primitives.values().forEach(MatmulPrimitive::close);
      primitives.clear();
      scratchArena.close();
      widened.close();
      arena.close();
    }
  }

  private void growScratch(long sizeBytes) {
    if (sizeBytes > scratch.byteSize()) {
      scratchArena.close();
      scratchArena = Arena.ofShared();
      scratch = scratchArena.allocate(sizeBytes, SCRATCH_ALIGNMENT_BYTES);
      scratchGrowths++;
    }
  }
}
