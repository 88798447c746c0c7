package org.memo.bindings.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.bindings.StorageType;

class MatrixProductTest {
  private final Random random = new Random(7);
  private final Arena arena = Arena.ofShared();
  private final MatrixProduct product = new MatrixProduct();
  private final MatrixProduct widening = new MatrixProduct(false);

  @AfterEach
  void close() {
    product.close();
    widening.close();
    arena.close();
  }

  @ParameterizedTest(name = "m={0} n={1} k={2}")
  @CsvSource({
    "1, 1, 1",
    "1, 1, 301",
    "1, 77, 33",
    "129, 1, 65",
    "97, 31, 1",
    "2, 3, 5",
    "7, 320, 384",
    "131, 67, 253",
    "64, 65, 1031",
    "3, 5, 9001"
  })
  void everyFormEqualsTheDoubleReference(int m, int n, int k) {
    checkEveryForm(product, Types.F32, m, n, k);
  }

  /** By the processor's own instructions for bf16 where it has them, and without. */
  @ParameterizedTest(name = "m={0} n={1} k={2}")
  @CsvSource({
    "1, 1, 1",
    "1, 77, 33",
    "129, 1, 65",
    "97, 31, 2",
    "131, 67, 253",
    "3, 5, 9001",
    "515, 3, 1030",
    "3, 515, 1030"
  })
  void everyFormOfBf16IsSummedInFloatsAndRoundedOnce(int m, int n, int k) {
    for (Types types : List.of(Types.BF16, Types.BF16_TO_F32)) {
      checkEveryForm(product, types, m, n, k);
      checkEveryForm(widening, types, m, n, k);
    }
  }

  private void checkEveryForm(MatrixProduct by, Types types, int m, int n, int k) {
    for (int form = 0; form < 16; form++) {
      int extraCols = (form & 8) != 0 ? 5 : 0;
      check(
          by,
          new Case(types, (form & 1) != 0, (form & 2) != 0, m, n, k, extraCols, (form & 4) != 0));
    }
  }

  @Test
  void convertedTilesTakeScratchMemoryOnce() {
    check(widening, new Case(Types.BF16, false, true, 600, 20, 30, 0, false));
    long bytes = widening.scratchBytes();
    long growths = widening.scratchGrowths();
    assertTrue(bytes >= 3 * 512 * 1024 * 4, "bytes " + bytes);
    check(widening, new Case(Types.BF16, false, true, 600, 20, 30, 0, false));
    assertEquals(bytes, widening.scratchBytes());
    assertEquals(growths, widening.scratchGrowths());
  }

  @Test
  void aResultOfFewerBitsThanItsFactorsIsRefused() {
    MemorySegment x = arena.allocate(64);
    StorageType f32 = StorageType.F32;
    assertThrows(
        IllegalArgumentException.class,
        () ->
            product.multiply(
                f32, StorageType.BF16, false, false, 2, 2, 2, x, 2, x, 2, x, 2, false));
  }

  @Test
  void theSameCallGivesTheSameBits() {
    MemorySegment a = randomMatrix(300 * 384);
    MemorySegment b = randomMatrix(300 * 1000);
    MemorySegment first = arena.allocate(384 * 1000 * 4L, 64);
    MemorySegment second = arena.allocate(384 * 1000 * 4L, 64);
    multiply(product, true, false, 384, 1000, 300, a, 384, b, 1000, first, 1000, true);
    multiply(product, true, false, 384, 1000, 300, a, 384, b, 1000, second, 1000, true);
    try (MatrixProduct other = new MatrixProduct()) {
      assertEquals(-1, first.mismatch(second));
      second.fill((byte) 0);
      multiply(other, true, false, 384, 1000, 300, a, 384, b, 1000, second, 1000, true);
      assertEquals(-1, first.mismatch(second));
    }
  }

  @Test
  void aShapeSeenBeforeNeitherCompilesNorGrowsTheScratchMemory() {
    check(product, new Case(Types.F32, true, false, 200, 300, 400, 0, true));
    check(product, new Case(Types.F32, false, true, 200, 300, 400, 0, false));
    long growths = product.scratchGrowths();
    assertEquals(2, product.compiledShapes());
    for (int i = 0; i < 3; i++) {
      check(product, new Case(Types.F32, true, false, 200, 300, 400, 0, true));
      check(product, new Case(Types.F32, false, true, 200, 300, 400, 0, false));
    }
    assertEquals(growths, product.scratchGrowths());
    assertEquals(2, product.compiledShapes());
  }

  @Test
  void aSegmentSmallerThanItsMatrixIsRefused() {
    MemorySegment a = randomMatrix(6);
    MemorySegment b = randomMatrix(12);
    MemorySegment c = randomMatrix(7);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> multiply(product, false, false, 2, 4, 3, a, 3, b, 4, c, 4, false));
    assertEquals("c needs 32 bytes but has 28", e.getMessage());
  }

  @Test
  void overlappingRowsAndEmptyMatricesAreRefused() {
    MemorySegment x = randomMatrix(64);
    assertThrows(
        IllegalArgumentException.class,
        () -> multiply(product, false, false, 2, 4, 3, x, 2, x, 4, x, 4, false));
    assertThrows(
        IllegalArgumentException.class,
        () -> multiply(product, false, false, 0, 4, 3, x, 3, x, 4, x, 4, false));
  }

  @Test
  void closingTwiceDoesNothing() {
    product.close();
    product.close();
  }

  private static void multiply(
      MatrixProduct by,
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
    StorageType f32 = StorageType.F32;
    by.multiply(f32, f32, transposeA, transposeB, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
  }

  /** Of the factors and of the result. */
  private enum Types {
    F32(StorageType.F32, StorageType.F32),
    BF16(StorageType.BF16, StorageType.BF16),
    BF16_TO_F32(StorageType.BF16, StorageType.F32);

    final StorageType factors;
    final StorageType result;

    Types(StorageType factors, StorageType result) {
      this.factors = factors;
      this.result = result;
    }
  }

  /** extraCols: what rows are wider in memory than the matrix. */
  private record Case(
      Types types,
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      int extraCols,
      boolean accumulate) {
    int lda() {
      return (transposeA ? m : k) + extraCols;
    }

    int ldb() {
      return (transposeB ? k : n) + extraCols;
    }

    int ldc() {
      return n + extraCols;
    }
  }

  private void check(MatrixProduct by, Case c) {
    StorageType type = c.types.factors;
    MemorySegment a = randomMatrix(type, (long) (c.transposeA ? c.k : c.m) * c.lda());
    MemorySegment b = randomMatrix(type, (long) (c.transposeB ? c.n : c.k) * c.ldb());
    MemorySegment result = randomMatrix(c.types.result, (long) c.m * c.ldc());
    float[] before = floats(c.types.result, result);
    by.multiply(
        type,
        c.types.result,
        c.transposeA,
        c.transposeB,
        c.m,
        c.n,
        c.k,
        a,
        c.lda(),
        b,
        c.ldb(),
        result,
        c.ldc(),
        c.accumulate);
    float[] after = floats(c.types.result, result);
    float[] left = floats(type, a);
    float[] right = floats(type, b);
    double rounding = c.types.result == StorageType.BF16 ? 0x1p-8 : 0;
    for (int row = 0; row < c.m; row++) {
      for (int col = 0; col < c.ldc(); col++) {
        int at = row * c.ldc() + col;
        double expected =
            col < c.n
                ? dot(c, left, right, row, col) + (c.accumulate ? before[at] : 0)
                : before[at];
        double actual = after[at];
        double bound = col < c.n ? 1e-6 * (2 + Math.sqrt(c.k)) + rounding * Math.abs(expected) : 0;
        assertTrue(
            Math.abs(actual - expected) <= bound,
            () -> "%s: %s for %s at %d".formatted(c, actual, expected, at));
      }
    }
  }

  private static double dot(Case c, float[] a, float[] b, int row, int col) {
    double sum = 0;
    for (int i = 0; i < c.k; i++) {
      double x = a[c.transposeA ? i * c.lda() + row : row * c.lda() + i];
      sum += x * b[c.transposeB ? col * c.ldb() + i : i * c.ldb() + col];
    }
    return sum;
  }

  private MemorySegment randomMatrix(long elements) {
    return randomMatrix(StorageType.F32, elements);
  }

  private MemorySegment randomMatrix(StorageType type, long elements) {
    MemorySegment matrix = arena.allocate(elements * type.bytes(), 64);
    for (long i = 0; i < elements; i++) {
      float value = random.nextFloat() - 0.5f;
      switch (type) {
        case F32 -> matrix.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        case BF16 -> {
          short half = (short) (Float.floatToRawIntBits(value) >>> 16);
          matrix.setAtIndex(ValueLayout.JAVA_SHORT, i, half);
        }
      }
    }
    return matrix;
  }

  private static float[] floats(StorageType type, MemorySegment matrix) {
    if (type == StorageType.F32) {
      return matrix.toArray(ValueLayout.JAVA_FLOAT);
    }
    short[] halves = matrix.toArray(ValueLayout.JAVA_SHORT);
    float[] floats = new float[halves.length];
    for (int i = 0; i < halves.length; i++) {
      floats[i] = Float.intBitsToFloat(halves[i] << 16);
    }
    return floats;
  }
}
