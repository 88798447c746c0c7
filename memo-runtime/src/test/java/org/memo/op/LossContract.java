package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;

/** Cross-entropy with its gradient in place. */
abstract class LossContract extends TypedContract {
  private static final int MASKED = -1;
  private static final float SCALE = 0.125f;
  private static final double LOSS_BEFORE = 3.5;

  /** Rows and vocabulary. */
  private static final int[][] SHAPES = {
    {1, 1}, {7, 1}, {1, 7}, {7, 7}, {13, 320}, {33, 1000}, {5, 32001}
  };

  @Test
  void lossesAndGradientsOfOddShapes() {
    for (int[] shape : SHAPES) {
      int[] targets = Samples.ids(1, shape[0], shape[1]);
      check(Samples.matrix(2, shape[0], shape[1], 3), targets, shape[1]);
    }
  }

  @Test
  void maskedRowsDoNotCountAndHaveNoGradient() {
    for (int[] shape : SHAPES) {
      int[] targets = Samples.ids(1, shape[0], shape[1]);
      for (int row = 0; row < targets.length; row += 3) {
        targets[row] = row % 2 == 0 ? MASKED : -100;
      }
      check(Samples.matrix(2, shape[0], shape[1], 3), targets, shape[1]);
    }
  }

  @Test
  void aWholeWindowMayBeMasked() {
    int[] targets = new int[9];
    Arrays.fill(targets, MASKED);
    check(Samples.matrix(2, 9, 320), targets, 320);
  }

  @Test
  void aMaskedRowMayHoldAnything() {
    float[] logits = Samples.matrix(2, 3, 7);
    Arrays.fill(logits, 7, 14, Float.NaN);
    check(logits, new int[] {3, MASKED, 5}, 7);
  }

  @Test
  void extremeLogitsAreExact() {
    float[] logits = {1e4f, -1e4f, 0, -1e4f, -1e4f, 1e4f, 1e4f, 1e4f, -1e4f, -1e4f, -1e4f, -1e4f};
    check(logits, new int[] {0, 1, 2, 2}, 3);
    check(logits, new int[] {2, 3, 1}, 4);
  }

  @Test
  void aLogitThatIsNotANumberMakesTheLossNotANumber() {
    for (int at : new int[] {0, 50, 99}) {
      float[] logits = Samples.matrix(2, 3, 100);
      logits[100 + at] = Float.NaN;
      assertTrue(Double.isNaN(lossOf(logits)), "at " + at);
    }
  }

  @Test
  void anInfiniteLogitMakesTheLossNotANumber() {
    float[] logits = Samples.matrix(2, 3, 100);
    logits[130] = Float.POSITIVE_INFINITY;
    assertTrue(Double.isNaN(lossOf(logits)));
  }

  @Test
  void aTargetOutsideTheVocabularyIsRefused() {
    DeviceRegion logits = put(Samples.matrix(1, 2, 7));
    DeviceRegion loss = slab.put(0.0);
    slab.assertRefused(
        new CrossEntropy(logits, slab.put(6, 7), loss, 2, 7, SCALE, type), "targets[1]=7");
  }

  private void check(float[] exact, int[] targets, int vocab) {
    slab.clear();
    float[] logits = rounded(exact);
    DeviceRegion region = put(logits);
    DeviceRegion loss = slab.put(LOSS_BEFORE);
    int rows = targets.length;
    slab.run(new CrossEntropy(region, slab.put(targets), loss, rows, vocab, SCALE, type));
    double expectedLoss = LOSS_BEFORE;
    double[] expected = new double[rows * vocab];
    for (int row = 0; row < rows; row++) {
      if (targets[row] >= 0) {
        int begin = row * vocab;
        double[] wide = Samples.doubles(Arrays.copyOfRange(logits, begin, begin + vocab));
        expectedLoss += ReferenceLoss.loss(wide, targets[row]);
        double[] gradient = ReferenceLoss.gradient(wide, targets[row]);
        for (int i = 0; i < vocab; i++) {
          expected[begin + i] = SCALE * gradient[i];
        }
      }
    }
    new Bound(1e-6, 1e-6).check("loss", expectedLoss, slab.readDouble(loss));
    float[] actual = read(region);
    stored(new Bound(1e-7 * SCALE, 3e-6)).check("gradient", expected, actual);
    assertMaskedRowsAreZero(targets, actual, vocab);
  }

  private static void assertMaskedRowsAreZero(int[] targets, float[] gradient, int vocab) {
    for (int i = 0; i < gradient.length; i++) {
      if (targets[i / vocab] < 0) {
        assertEquals(0f, gradient[i]);
      }
    }
  }

  private double lossOf(float[] logits) {
    slab.clear();
    DeviceRegion loss = slab.put(LOSS_BEFORE);
    slab.run(new CrossEntropy(put(logits), slab.put(1, 2, 3), loss, 3, 100, SCALE, type));
    return slab.readDouble(loss);
  }
}
