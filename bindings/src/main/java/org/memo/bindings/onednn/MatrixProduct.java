package org.memo.bindings.onednn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.memo.bindings.NativeLibraries;
import org.memo.bindings.onednn.generated.OneDnn;

/**
 * Matrix products of row-major f32 matrices by oneDNN. The same arguments and the same number of
 * threads give the same bits.
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
  private Arena scratchArena = Arena.ofShared();
  private MemorySegment scratch = scratchArena.allocate(0);
  private long scratchGrowths;

  /**
   * @throws org.memo.bindings.MissingLibraryException where oneDNN is missing
   */
  public MatrixProduct() {
    NativeLibraries.load();
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
   * C = op(A) op(B), or C += op(A) op(B) where {@code accumulate}; op transposes where asked.
   * Returns when C is there.
   *
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
        new ProductShape(transposeA, transposeB, m, n, k, lda, ldb, ldc, accumulate);
    shape.requireMemory(a, b, c);
    if (k <= LONG_K) {
      run(shape, a, b, c);
      return;
    }
    for (long from = 0; from < k; from += RUN_K) {
      MemorySegment partA = a.asSlice((transposeA ? from * lda : from) * Float.BYTES);
      MemorySegment partB = b.asSlice((transposeB ? from : from * ldb) * Float.BYTES);
      run(shape.ofRun(Math.min(RUN_K, k - from), accumulate || from > 0), partA, partB, c);
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
    return scratchGrowths;
  }

  /** The scratch memory in bytes that the shapes seen so far need. */
  public long scratchBytes() {
    return scratch.byteSize();
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
