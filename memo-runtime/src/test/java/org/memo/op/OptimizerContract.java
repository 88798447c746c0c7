package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;

/** AdamW, and the sum of squares that clipping takes. */
abstract class OptimizerContract extends OperationContract {
  private static final int STEPS = 5;
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;

  @Test
  void stepsWithDecayAndClipping() {
    for (int elements : new int[] {1, 7, 4099, 70001}) {
      checkSteps(elements, 0.1, 0.37);
    }
  }

  @Test
  void stepsWithoutDecay() {
    checkSteps(4099, 0, 1);
  }

  @Test
  void aGradientOfZeroMovesNothingButByDecay() {
    float[] weights = Samples.normal(1, 77);
    DeviceRegion parameters = slab.put(weights);
    DeviceRegion zeros = slab.put(new float[77]);
    DeviceRegion first = slab.put(new float[77]);
    DeviceRegion second = slab.put(new float[77]);
    slab.run(new AdamW(parameters, first, second, zeros, 77, step(1, 0, 1)));
    assertArrayEquals(weights, slab.read(parameters));
  }

  @Test
  void aGradientThatIsNotANumberShowsInTheSumOfSquares() {
    float[] x = Samples.normal(1, 1000);
    x[777] = Float.NaN;
    assertFalse(Double.isFinite(sumOfSquares(x, 0)));
    x[777] = Float.POSITIVE_INFINITY;
    assertFalse(Double.isFinite(sumOfSquares(x, 0)));
  }

  @Test
  void theSumOfSquaresIsAddedInDoublePrecision() {
    for (int elements : new int[] {0, 1, 7, 16383, 16385, 100_003}) {
      float[] x = Samples.normal(1, elements);
      double[] wide = Samples.doubles(x);
      double expected = 2.5 + Samples.dot(wide, wide);
      assertEquals(expected, sumOfSquares(x, 2.5), 1e-13 * expected);
    }
  }

  @Test
  void theSumOfSquaresDoesNotOverflowWhereF32Would() {
    assertEquals(3e60, sumOfSquares(new float[] {1e30f, -1e30f, 1e30f}, 0), 1e54);
  }

  private double sumOfSquares(float[] x, double before) {
    slab.clear();
    DeviceRegion sum = slab.put(before);
    slab.run(new SumOfSquares(slab.put(x), sum, x.length));
    return slab.readDouble(sum);
  }

  private void checkSteps(int elements, double weightDecay, double gradientScale) {
    slab.clear();
    float[] weights = Samples.normal(1, elements);
    ReferenceAdamW reference = new ReferenceAdamW(Samples.doubles(weights));
    DeviceRegion parameters = slab.put(weights);
    DeviceRegion first = slab.put(new float[elements]);
    DeviceRegion second = slab.put(new float[elements]);
    for (int number = 1; number <= STEPS; number++) {
      AdamWStep step = step(number, weightDecay, gradientScale);
      float[] values = gradients(number, elements);
      DeviceRegion gradient = slab.put(values);
      slab.run(new AdamW(parameters, first, second, gradient, elements, step));
      reference.step(Samples.doubles(values), step);
      assertArrayEquals(new float[elements], slab.read(gradient));
    }
    new Bound(2e-7, 1e-6).check("parameters", reference.parameters, slab.read(parameters));
    Bound.ofLargest(3e-7, reference.firstMoment)
        .check("first moment", reference.firstMoment, slab.read(first));
    new Bound(0, 2e-6).check("second moment", reference.secondMoment, slab.read(second));
  }

  /** Of very different sizes, as those of a model's tensors. */
  private static float[] gradients(int number, int elements) {
    float[] values = Samples.normal(number, elements);
    for (int i = 0; i < elements; i++) {
      values[i] *= (float) Math.pow(10, i % 7 - 4);
    }
    return values;
  }

  private static AdamWStep step(int number, double weightDecay, double gradientScale) {
    return new AdamWStep(
        gradientScale,
        1e-2,
        BETA1,
        BETA2,
        1e-8,
        weightDecay,
        1 - Math.pow(BETA1, number),
        1 - Math.pow(BETA2, number));
  }
}
