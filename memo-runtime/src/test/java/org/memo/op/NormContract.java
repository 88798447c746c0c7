package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;
import org.memo.planner.cost.ElementType;

/** RMSNorm and LayerNorm. */
abstract class NormContract extends TypedContract {
  private static final float EPSILON = 1e-5f;

  /** Rows and columns; the last have enough elements to be shared by threads. */
  private static final int[][] SHAPES = {
    {1, 1}, {1, 384}, {7, 3}, {7, 65}, {2, 1023}, {13, 1601}, {301, 67}
  };

  @Test
  void rmsNormOfOddShapes() {
    for (int[] shape : SHAPES) {
      checkRms(Samples.matrix(1, shape[0], shape[1]), shape[1], 0);
    }
  }

  @Test
  void layerNormOfOddShapes() {
    for (int[] shape : SHAPES) {
      checkLayer(Samples.matrix(1, shape[0], shape[1]), shape[1], 0);
    }
  }

  @Test
  void rowsOfZerosHaveTheGradientThatEpsilonLeaves() {
    checkRms(new float[3 * 77], 77, 0);
    checkLayer(new float[3 * 77], 77, 0);
  }

  @Test
  void rowsOfOneValueAreNormedToTheBias() {
    float[] x = new float[5 * 77];
    Arrays.fill(x, 0.5f);
    checkLayer(x, 77, 0);
  }

  @Test
  void aVarianceFarBelowEpsilonIsNotLost() {
    checkLayer(Samples.normal(1, 5 * 77, 1e-4), 77, 0);
  }

  /** A mean of 1000 deviations: its rounding to f32 shows in every result, as with PyTorch. */
  @Test
  void aLargeMeanCostsItsRoundingOnly() {
    float[] x = Samples.matrix(1, 9, 1601);
    for (int i = 0; i < x.length; i++) {
      x[i] += 1000;
    }
    checkLayer(x, 1601, 4e-4);
  }

  @Test
  void largeAndSmallRowsAreNormedAlike() {
    for (double deviation : new double[] {1e-3, 1e3, 1e6}) {
      checkRms(Samples.normal(1, 7 * 65, deviation), 65, 0);
      checkLayer(Samples.normal(1, 7 * 65, deviation), 65, 0);
    }
  }

  private void checkRms(float[] x, int cols, double meanError) {
    slab.clear();
    int rows = x.length / cols;
    Inputs inputs = new Inputs(x, rows, cols);
    DeviceRegion y = room(x.length);
    slab.run(new RmsNormForward(inputs.x, inputs.weight, y, rows, cols, EPSILON, type));
    double[] wide = Samples.doubles(inputs.values);
    double[] weight = Samples.doubles(inputs.weights);
    Bound bound = stored(new Bound(2e-6 + meanError, 2e-6));
    bound.check("y", ReferenceNorms.rmsForward(wide, weight, EPSILON), read(y));
    slab.run(
        new RmsNormBackward(
            inputs.x,
            inputs.weight,
            inputs.dy,
            inputs.dx,
            inputs.dweight,
            rows,
            cols,
            EPSILON,
            type));
    checkGradients(
        inputs,
        ReferenceNorms.rmsBackward(wide, weight, Samples.doubles(inputs.gradients), EPSILON),
        meanError);
  }

  private void checkLayer(float[] x, int cols, double meanError) {
    slab.clear();
    int rows = x.length / cols;
    Inputs inputs = new Inputs(x, rows, cols);
    DeviceRegion y = room(x.length);
    slab.run(
        new LayerNormForward(inputs.x, inputs.weight, inputs.bias, y, rows, cols, EPSILON, type));
    double[] wide = Samples.doubles(inputs.values);
    double[] weight = Samples.doubles(inputs.weights);
    double[] bias = Samples.doubles(inputs.biases);
    Bound bound = stored(new Bound(4e-6 + meanError, 4e-6));
    bound.check("y", ReferenceNorms.layerForward(wide, weight, bias, EPSILON), read(y));
    slab.run(
        new LayerNormBackward(
            inputs.x,
            inputs.weight,
            inputs.dy,
            inputs.dx,
            inputs.dweight,
            inputs.dbias,
            rows,
            cols,
            EPSILON,
            type));
    ReferenceNorms.Gradients expected =
        ReferenceNorms.layerBackward(wide, weight, Samples.doubles(inputs.gradients), EPSILON);
    checkGradients(inputs, expected, meanError);
    checkAdded("dbias", inputs.biases, expected.dbias, slab.read(inputs.dbias), 0, ElementType.F32);
  }

  private void checkGradients(Inputs inputs, ReferenceNorms.Gradients expected, double meanError) {
    checkAdded("dx", inputs.x0, expected.dx, read(inputs.dx), meanError, type);
    checkAdded(
        "dweight",
        inputs.weights,
        expected.dweight,
        slab.read(inputs.dweight),
        meanError,
        ElementType.F32);
  }

  /** A row goes wrong as a whole, and no other with it. */
  @Test
  void whatIsNotANumberStaysInItsRow() {
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      slab.clear();
      float[] x = Samples.matrix(1, 3, 77);
      x[77 + 50] = value;
      Inputs inputs = new Inputs(x, 3, 77);
      DeviceRegion y = room(x.length);
      slab.run(new RmsNormForward(inputs.x, inputs.weight, y, 3, 77, EPSILON, type));
      assertOneRowIsNotANumber(read(y));
      slab.run(new LayerNormForward(inputs.x, inputs.weight, inputs.bias, y, 3, 77, EPSILON, type));
      assertOneRowIsNotANumber(read(y));
    }
  }

  /** An infinity makes the others of its row zero in RMSNorm, where it is no number itself. */
  private static void assertOneRowIsNotANumber(float[] y) {
    assertTrue(Float.isNaN(y[77 + 50]));
    for (int i = 0; i < y.length; i++) {
      assertTrue(i / 77 == 1 || Float.isFinite(y[i]), "element " + i);
    }
  }

  private void checkAdded(
      String what,
      float[] before,
      double[] gradient,
      float[] actual,
      double meanError,
      ElementType sumType) {
    double[] expected = Samples.sum(Samples.doubles(before), gradient);
    Bound bound = Bound.ofLargest(3e-6 + meanError, expected);
    (sumType == ElementType.F32 ? bound : stored(bound)).check(what, expected, actual);
  }

  /** On the device; gradients are there with something in them, to be added to. */
  private final class Inputs {
    final float[] values;
    final float[] weights;
    final float[] biases;
    final float[] gradients;
    final float[] x0;
    final DeviceRegion x;
    final DeviceRegion weight;
    final DeviceRegion bias;
    final DeviceRegion dy;
    final DeviceRegion dx;
    final DeviceRegion dweight;
    final DeviceRegion dbias;

    Inputs(float[] x, long rows, long cols) {
      values = rounded(x);
      weights = rounded(Samples.normal(2, cols));
      biases = rounded(Samples.normal(3, cols));
      gradients = rounded(Samples.matrix(4, rows, cols));
      x0 = rounded(Samples.matrix(5, rows, cols));
      this.x = put(values);
      weight = put(weights);
      bias = put(biases);
      dy = put(gradients);
      dx = put(x0);
      dweight = slab.put(weights);
      dbias = slab.put(biases);
    }
  }
}
