package org.memo.bindings.onednn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.memo.bindings.StorageType;
import org.memo.bindings.kernels.ConversionKernels;
import org.memo.bindings.kernels.Rows;

/**
 * Products of bf16 matrices by products of f32: tile by tile the matrices are converted, which
 * costs each element of a tile one conversion for some hundred multiplications. A tile of C is
 * rounded once, when all of its sum is there.
 */
final class WidenedProduct implements AutoCloseable {
  /** Rows and columns of a tile of C. */
  private static final long TILE = 512;

  /** Columns of a tile of op(A) and rows of one of op(B). */
  private static final long TILE_K = 1024;

  private static final long TILE_BYTES = TILE * TILE_K * Float.BYTES;
  private static final long ALIGNMENT_BYTES = 64;

  /** Multiplies matrices of f32. */
  @FunctionalInterface
  interface FloatProduct {
    void run(ProductShape shape, MemorySegment a, MemorySegment b, MemorySegment c);
  }

  private final FloatProduct product;
  private final Arena arena = Arena.ofShared();
  private MemorySegment tiles = MemorySegment.NULL;

  WidenedProduct(FloatProduct product) {
    this.product = product;
  }

  void multiply(ProductShape shape, MemorySegment a, MemorySegment b, MemorySegment c) {
    if (tiles.byteSize() == 0) {
      tiles = arena.allocate(3 * TILE_BYTES, ALIGNMENT_BYTES);
    }
    for (long row = 0; row < shape.m(); row += TILE) {
      for (long col = 0; col < shape.n(); col += TILE) {
        Range rows = Range.of(row, TILE, shape.m());
        Range cols = Range.of(col, TILE, shape.n());
        Rows target = tile(c, shape.outType(), shape.ldc(), rows, cols);
        multiplyTile(shape, a, b, target, rows, cols);
      }
    }
  }

  /** How often the scratch memory has grown. */
  long scratchGrowths() {
    return tiles.byteSize() == 0 ? 0 : 1;
  }

  long scratchBytes() {
    return tiles.byteSize();
  }

  @Override
  public void close() {
    arena.close();
  }

  private void multiplyTile(
      ProductShape shape, MemorySegment a, MemorySegment b, Rows target, Range rows, Range cols) {
    boolean rounds = shape.outType() == StorageType.BF16;
    Rows sum = rounds ? new Rows(scratch(2), cols.count) : target;
    if (rounds && shape.accumulate()) {
      ConversionKernels.toFloats(target, sum, rows.count, cols.count);
    }
    for (long k = 0; k < shape.k(); k += TILE_K) {
      Range depth = Range.of(k, TILE_K, shape.k());
      Rows left = converted(0, a, shape.lda(), shape.transposeA(), rows, depth);
      Rows right = converted(1, b, shape.ldb(), shape.transposeB(), depth, cols);
      ProductShape ofFloats =
          new ProductShape(
              StorageType.F32,
              StorageType.F32,
              shape.transposeA(),
              shape.transposeB(),
              rows.count,
              cols.count,
              depth.count,
              left.stride(),
              right.stride(),
              sum.stride(),
              shape.accumulate() || k > 0);
      product.run(ofFloats, left.data(), right.data(), sum.data());
    }
    if (rounds) {
      ConversionKernels.toBf16(sum, target, rows.count, cols.count);
    }
  }

  /** The tile of op(matrix) as f32, lying as the matrix does. */
  private Rows converted(
      int slot, MemorySegment matrix, long stride, boolean transposed, Range rows, Range cols) {
    Range memoryRows = transposed ? cols : rows;
    Range memoryCols = transposed ? rows : cols;
    Rows source = tile(matrix, StorageType.BF16, stride, memoryRows, memoryCols);
    Rows target = new Rows(scratch(slot), memoryCols.count);
    ConversionKernels.toFloats(source, target, memoryRows.count, memoryCols.count);
    return target;
  }

  private MemorySegment scratch(int slot) {
    return tiles.asSlice(slot * TILE_BYTES, TILE_BYTES);
  }

  private static Rows tile(
      MemorySegment matrix, StorageType type, long stride, Range rows, Range cols) {
    return new Rows(matrix.asSlice((rows.begin * stride + cols.begin) * type.bytes()), stride);
  }

  /** Some rows or columns. */
  private record Range(long begin, long count) {
    static Range of(long begin, long most, long end) {
      return new Range(begin, Math.min(most, end - begin));
    }
  }
}
