package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;

/** Bias and residual. */
abstract class ElementwiseContract extends OperationContract {
  private static final int[][] SHAPES = {
    {1, 1}, {1, 4099}, {7, 3}, {7, 65}, {1, 40001}, {3, 12289}, {1201, 37}
  };

  @Test
  void aBiasIsAddedToEachRow() {
    for (int[] shape : SHAPES) {
      slab.clear();
      int rows = shape[0];
      int cols = shape[1];
      float[] expected = Samples.matrix(1, rows, cols);
      float[] biases = Samples.normal(2, cols);
      DeviceRegion y = slab.put(expected);
      slab.run(new BiasForward(y, slab.put(biases), rows, cols));
      for (int i = 0; i < expected.length; i++) {
        expected[i] += biases[i % cols];
      }
      assertArrayEquals(expected, slab.read(y));
    }
  }

  @Test
  void theGradientOfABiasIsTheSumOfTheRows() {
    for (int[] shape : SHAPES) {
      slab.clear();
      int rows = shape[0];
      int cols = shape[1];
      float[] dy = Samples.matrix(1, rows, cols);
      float[] before = Samples.normal(2, cols);
      DeviceRegion dbias = slab.put(before);
      slab.run(new BiasBackward(slab.put(dy), dbias, rows, cols));
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
      float[] expected = Samples.normal(1, elements);
      float[] x = Samples.normal(2, elements);
      DeviceRegion y = slab.put(expected);
      slab.run(new ResidualAdd(y, slab.put(x), elements));
      for (int i = 0; i < elements; i++) {
        expected[i] += x[i];
      }
      assertArrayEquals(expected, slab.read(y));
    }
  }
}
