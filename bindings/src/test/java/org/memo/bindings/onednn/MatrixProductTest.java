package org.memo.bindings.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatrixProductTest {
  private final Random random = new Random(7);
  private final Arena arena = Arena.ofShared();
  private final MatrixProduct product = new MatrixProduct();

  @AfterEach
  void close() {
    product.close();
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
    for (int form = 0; form < 16; form++) {
      boolean wideRows = (form & 8) != 0;
      check(new Case((form & 1) != 0, (form & 2) != 0, m, n, k, wideRows ? 5 : 0, (form & 4) != 0));
    }
  }

  @Test
  void theSameCallGivesTheSameBits() {
    MemorySegment a = randomMatrix(300 * 384);
    MemorySegment b = randomMatrix(300 * 1000);
    MemorySegment first = arena.allocate(384 * 1000 * 4L, 64);
    MemorySegment second = arena.allocate(384 * 1000 * 4L, 64);
    product.multiply(true, false, 384, 1000, 300, a, 384, b, 1000, first, 1000, true);
    product.multiply(true, false, 384, 1000, 300, a, 384, b, 1000, second, 1000, true);
    try (MatrixProduct other = new MatrixProduct()) {
      assertEquals(-1, first.mismatch(second));
      second.fill((byte) 0);
      other.multiply(true, false, 384, 1000, 300, a, 384, b, 1000, second, 1000, true);
      assertEquals(-1, first.mismatch(second));
    }
  }

  @Test
  void aShapeSeenBeforeNeitherCompilesNorGrowsTheScratchMemory() {
    check(new Case(true, false, 200, 300, 400, 0, true));
    check(new Case(false, true, 200, 300, 400, 0, false));
    long growths = product.scratchGrowths();
    assertEquals(2, product.compiledShapes());
    for (int i = 0; i < 3; i++) {
      check(new Case(true, false, 200, 300, 400, 0, true));
      check(new Case(false, true, 200, 300, 400, 0, false));
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
            () -> product.multiply(false, false, 2, 4, 3, a, 3, b, 4, c, 4, false));
    assertEquals("c needs 32 bytes but has 28", e.getMessage());
  }

  @Test
  void overlappingRowsAndEmptyMatricesAreRefused() {
    MemorySegment x = randomMatrix(64);
    assertThrows(
        IllegalArgumentException.class,
        () -> product.multiply(false, false, 2, 4, 3, x, 2, x, 4, x, 4, false));
    assertThrows(
        IllegalArgumentException.class,
        () -> product.multiply(false, false, 0, 4, 3, x, 3, x, 4, x, 4, false));
  }

  @Test
  void closingTwiceDoesNothing() {
    product.close();
    product.close();
  }

  /** extraCols: what rows are wider in memory than the matrix. */
  private record Case(
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

  private void check(Case c) {
    MemorySegment a = randomMatrix((long) (c.transposeA ? c.k : c.m) * c.lda());
    MemorySegment b = randomMatrix((long) (c.transposeB ? c.n : c.k) * c.ldb());
    MemorySegment result = randomMatrix((long) c.m * c.ldc());
    float[] before = result.toArray(ValueLayout.JAVA_FLOAT);
    product.multiply(
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
    float[] left = a.toArray(ValueLayout.JAVA_FLOAT);
    float[] right = b.toArray(ValueLayout.JAVA_FLOAT);
    for (int row = 0; row < c.m; row++) {
      for (int col = 0; col < c.ldc(); col++) {
        int at = row * c.ldc() + col;
        double expected =
            col < c.n
                ? dot(c, left, right, row, col) + (c.accumulate ? before[at] : 0)
                : before[at];
        double actual = result.getAtIndex(ValueLayout.JAVA_FLOAT, at);
        double bound = col < c.n ? 1e-6 * (2 + Math.sqrt(c.k)) : 0;
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
    MemorySegment matrix = arena.allocate(elements * Float.BYTES, 64);
    for (long i = 0; i < elements; i++) {
      matrix.setAtIndex(ValueLayout.JAVA_FLOAT, i, random.nextFloat() - 0.5f);
    }
    return matrix;
  }
}
