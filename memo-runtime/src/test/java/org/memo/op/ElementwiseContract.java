package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;

/** Bias, residual, and the rounding of parameters. */
abstract class ElementwiseContract extends TypedContract {
  private static final int[][] SHAPES = {
    {1, 1}, {1, 4099}, {7, 3}, {7, 65}, {1, 40001}, {3, 12289}, {1201, 37}
  };

  @Test
  void aBiasIsAddedToEachRow() {
    for (int[] shape : SHAPES) {
      slab.clear();
      int rows = shape[0];
      int cols = shape[1];
      float[] expected = rounded(Samples.matrix(1, rows, cols));
      float[] biases = rounded(Samples.normal(2, cols));
      DeviceRegion y = put(expected);
      slab.run(new BiasForward(y, put(biases), rows, cols, type));
      for (int i = 0; i < expected.length; i++) {
        expected[i] += biases[i % cols];
      }
      assertArrayEquals(rounded(expected), read(y));
    }
  }

  @Test
  void theGradientOfABiasIsTheSumOfTheRows() {
    for (int[] shape : SHAPES) {
      slab.clear();
      int rows = shape[0];
      int cols = shape[1];
      float[] dy = rounded(Samples.matrix(1, rows, cols));
      float[] before = Samples.normal(2, cols);
      DeviceRegion dbias = slab.put(before);
      slab.run(new BiasBackward(put(dy), dbias, rows, cols, type));
      double[] expected = Samples.doubles(before);
      for (int i = 0; i < dy.length; i++) {
        expected[i % cols] += dy[i];
      }
      Bound.ofLargest(1e-6, expected).check("dbias", expected, slab.read(dbias));
    }
  }

  @Test
  void aResidualIsAdded() {
    for (int elements : new int[] {0, 1, 7, 4099, 70001}) {
      slab.clear();
      float[] expected = rounded(Samples.normal(1, elements));
      float[] x = rounded(Samples.normal(2, elements));
      DeviceRegion y = put(expected);
      slab.run(new ResidualAdd(y, put(x), elements, type));
      for (int i = 0; i < elements; i++) {
        expected[i] += x[i];
      }
      assertArrayEquals(rounded(expected), read(y));
    }
  }

  @Test
  void sumsThatAreNoNumbersOrTinyOnesAreKept() {
    float[] y = {Float.NaN, 1, Float.POSITIVE_INFINITY, Float.POSITIVE_INFINITY, 0x1p-133f, -0f};
    float[] x = {1, Float.NaN, 1, Float.NEGATIVE_INFINITY, 0x1p-132f, -0f};
    DeviceRegion sum = put(y);
    slab.run(new ResidualAdd(sum, put(x), y.length, type));
    float[] expected = {Float.NaN, Float.NaN, Float.POSITIVE_INFINITY, Float.NaN, 0x1.8p-132f, -0f};
    assertArrayEquals(expected, read(sum));
  }

  @Test
  void parametersAreRoundedToTheNearestWithTiesToEven() {
    for (int elements : new int[] {0, 1, 7, 4099, 70001}) {
      slab.clear();
      float[] values = Samples.normal(1, elements);
      DeviceRegion target = room(elements);
      slab.run(new Cast(slab.put(values), target, elements, type));
      assertArrayEquals(rounded(values), read(target));
    }
  }

  /** Halfway between two of bf16, next to that, too large for it, subnormal, and no numbers. */
  @Test
  void theRoundingOfParametersIsExactAtItsEdges() {
    float[] values = {
      0x1.01p0f,
      0x1.03p0f,
      0x1.010002p0f,
      0x1.00fffep0f,
      -0x1.01p0f,
      0x1.fep127f,
      0x1.ffp127f,
      -Float.MAX_VALUE,
      0x1p-133f,
      0x1.8p-133f,
      0x1p-134f,
      Float.MIN_VALUE,
      0,
      -0f,
      Float.POSITIVE_INFINITY,
      Float.NEGATIVE_INFINITY,
      Float.NaN,
      Float.intBitsToFloat(0x7F800001)
    };
    DeviceRegion target = room(values.length);
    slab.run(new Cast(slab.put(values), target, values.length, type));
    assertArrayEquals(rounded(values), read(target));
  }
}
