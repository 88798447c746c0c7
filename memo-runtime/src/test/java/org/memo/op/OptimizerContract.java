package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;
import org.memo.planner.cost.ElementType;

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

  @Test
  void theWeightsOfMixedPrecisionAreTheParametersRounded() {
    for (int elements : new int[] {1, 7, 4099, 70001}) {
      slab.clear();
      MixedPrecision mixed = new MixedPrecision(Samples.normal(1, elements));
      float[] gradient = gradients(2, elements);
      mixed.step(gradient, step(1, 0.1, 0.37));
      float[] alone = parametersAfterStep(Samples.normal(1, elements), gradient);
      assertArrayEquals(alone, slab.read(mixed.parameters), "as without weights");
      assertArrayEquals(Rounding.to(ElementType.BF16, alone), mixed.weights());
    }
  }

  /** Each step is far below half a unit of bf16, whose nearest neighbours of 1 are 1/256 away. */
  @Test
  void parametersAdvanceByStepsThatBf16WouldLose() {
    MixedPrecision mixed = new MixedPrecision(new float[] {1, -1, 1});
    AdamWStep small = new AdamWStep(1, 1e-4, 0, 0, 1e-8, 0, 1, 1);
    float[] gradient = {1, -1, 0};
    mixed.step(gradient, small);
    assertArrayEquals(new float[] {1, -1, 1}, mixed.weights());
    for (int i = 1; i < 100; i++) {
      mixed.step(gradient, small);
    }
    new Bound(1e-5, 0)
        .check("parameters", new double[] {0.99, -0.99, 1}, slab.read(mixed.parameters));
    assertArrayEquals(
        Rounding.to(ElementType.BF16, new float[] {0.99f, -0.99f, 1}), mixed.weights());
  }

  private float[] parametersAfterStep(float[] values, float[] gradient) {
    DeviceRegion parameters = slab.put(values);
    DeviceRegion first = slab.put(new float[values.length]);
    DeviceRegion second = slab.put(new float[values.length]);
    slab.run(
        new AdamW(
            parameters, first, second, slab.put(gradient), values.length, step(1, 0.1, 0.37)));
    return slab.read(parameters);
  }

  /** Parameters in f32 with their weights in bf16. */
  private final class MixedPrecision {
    final DeviceRegion parameters;
    private final DeviceRegion first;
    private final DeviceRegion second;
    private final DeviceRegion gradient;
    private final DeviceRegion weights;
    private final int elements;

    MixedPrecision(float[] values) {
      elements = values.length;
      parameters = slab.put(values);
      first = slab.put(new float[elements]);
      second = slab.put(new float[elements]);
      gradient = slab.put(new float[elements]);
      weights = slab.room(ElementType.BF16, elements);
    }

    void step(float[] values, AdamWStep step) {
      device.upload(MemorySegment.ofArray(values), gradient);
      slab.run(
          new AdamW(
              parameters, first, second, gradient, elements, step, ElementType.BF16, weights));
      assertArrayEquals(new float[elements], slab.read(gradient));
    }

    float[] weights() {
      return slab.read(ElementType.BF16, weights);
    }
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
