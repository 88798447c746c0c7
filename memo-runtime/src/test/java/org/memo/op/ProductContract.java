package org.memo.op;

import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;
import org.memo.planner.cost.ElementType;

/** Matrix products. */
abstract class ProductContract extends TypedContract {
  private static final int[] SIZES = {1, 7, 64, 130};

  /** Every pair of sizes of two of m, n and k, in each of which all transposes are tried. */
  @Test
  void productsOfOddShapesWithAllTransposes() {
    for (int i = 0; i < SIZES.length; i++) {
      for (int j = 0; j < SIZES.length; j++) {
        int m = SIZES[i];
        int n = SIZES[j];
        int k = SIZES[(i + j) % SIZES.length];
        check(m, n, k, false, false, (i + j) % 2 == 0);
        check(m, n, k, false, true, (i + j) % 2 == 1);
        check(m, n, k, true, false, i % 2 == 0);
        check(m, n, k, true, true, i % 2 == 1);
      }
    }
  }

  /** As of the gradient through the output projection to a vocabulary. */
  @Test
  void aLongSumKeepsItsPrecision() {
    check(7, 5, 33_001, false, false, true);
    check(3, 65, 9001, true, false, false);
  }

  /** A row of partial products for each of the tokens of a tile. */
  @Test
  void aTileOfOneToken() {
    check(1, 1000, 384, false, true, false);
    check(1000, 384, 1, true, false, true);
  }

  private void check(int m, int n, int k, boolean transposeA, boolean transposeB, boolean add) {
    for (ElementType outType : EnumSet.of(ElementType.F32, type)) {
      check(outType, m, n, k, transposeA, transposeB, add);
    }
  }

  private void check(
      ElementType outType,
      int m,
      int n,
      int k,
      boolean transposeA,
      boolean transposeB,
      boolean add) {
    slab.clear();
    float[] a = rounded(Samples.matrix(1, m, k));
    float[] b = rounded(Samples.matrix(2, k, n));
    float[] before = Rounding.to(outType, Samples.matrix(3, m, n));
    DeviceRegion c = add ? slab.put(outType, before) : slab.room(outType, before.length);
    slab.run(new Gemm(put(a), transposeA, put(b), transposeB, c, add, m, n, k, type, outType));
    double[] expected =
        ReferenceProduct.multiply(
            Samples.doubles(a), transposeA, Samples.doubles(b), transposeB, m, n, k);
    if (add) {
      expected = Samples.sum(Samples.doubles(before), expected);
    }
    String what = "m=%d n=%d k=%d %s %s %s".formatted(m, n, k, transposeA, transposeB, add);
    Bound bound = sumBound(k);
    (outType == ElementType.F32 ? bound : stored(bound))
        .check(outType + " " + what, expected, slab.read(outType, c));
  }

  /**
   * Tensor cores cut off what does not fit into the f32 that they add up bf16 in, instead of
   * rounding it; sums in bf16 would be off by far more.
   */
  private Bound sumBound(int k) {
    double error = type == ElementType.F32 ? 1e-6 : 0x1p-12;
    return new Bound(error * Math.sqrt(k), error);
  }
}
