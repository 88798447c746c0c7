package org.memo.op;

import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;

/** Matrix products. */
abstract class ProductContract extends OperationContract {
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
    slab.clear();
    float[] a = Samples.matrix(1, m, k);
    float[] b = Samples.matrix(2, k, n);
    float[] before = Samples.matrix(3, m, n);
    DeviceRegion c = add ? slab.put(before) : slab.floats(before.length);
    slab.run(new Gemm(slab.put(a), transposeA, slab.put(b), transposeB, c, add, m, n, k));
    double[] expected =
        ReferenceProduct.multiply(
            Samples.doubles(a), transposeA, Samples.doubles(b), transposeB, m, n, k);
    if (add) {
      expected = Samples.sum(Samples.doubles(before), expected);
    }
    String what = "m=%d n=%d k=%d %s %s %s".formatted(m, n, k, transposeA, transposeB, add);
    new Bound(1e-6 * Math.sqrt(k), 1e-6).check(what, expected, slab.read(c));
  }
}
