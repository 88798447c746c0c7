package org.memo.op;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;

/** RMSNorm and LayerNorm. */
abstract class NormContract extends OperationContract {
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
    DeviceRegion y = slab.floats(x.length);
    slab.run(new RmsNormForward(inputs.x, inputs.weight, y, rows, cols, EPSILON));
    double[] wide = Samples.doubles(x);
    double[] weight = Samples.doubles(inputs.weights);
    Bound bound = new Bound(2e-6 + meanError, 2e-6);
    bound.check("y", ReferenceNorms.rmsForward(wide, weight, EPSILON), slab.read(y));
    slab.run(
        new RmsNormBackward(
            inputs.x, inputs.weight, inputs.dy, inputs.dx, inputs.dweight, rows, cols, EPSILON));
    checkGradients(
        inputs,
        ReferenceNorms.rmsBackward(wide, weight, Samples.doubles(inputs.gradients), EPSILON),
        meanError);
  }

  private void checkLayer(float[] x, int cols, double meanError) {
    slab.clear();
    int rows = x.length / cols;
    Inputs inputs = new Inputs(x, rows, cols);
    DeviceRegion y = slab.floats(x.length);
    slab.run(new LayerNormForward(inputs.x, inputs.weight, inputs.bias, y, rows, cols, EPSILON));
    double[] wide = Samples.doubles(x);
    double[] weight = Samples.doubles(inputs.weights);
    double[] bias = Samples.doubles(inputs.biases);
    Bound bound = new Bound(4e-6 + meanError, 4e-6);
    bound.check("y", ReferenceNorms.layerForward(wide, weight, bias, EPSILON), slab.read(y));
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
            EPSILON));
    ReferenceNorms.Gradients expected =
        ReferenceNorms.layerBackward(wide, weight, Samples.doubles(inputs.gradients), EPSILON);
    checkGradients(inputs, expected, meanError);
    checkAdded("dbias", inputs.biases, expected.dbias, slab.read(inputs.dbias), 0);
  }

  private void checkGradients(Inputs inputs, ReferenceNorms.Gradients expected, double meanError) {
    checkAdded("dx", inputs.x0, expected.dx, slab.read(inputs.dx), meanError);
    checkAdded("dweight", inputs.weights, expected.dweight, slab.read(inputs.dweight), meanError);
  }

  private static void checkAdded(
      String what, float[] before, double[] gradient, float[] actual, double meanError) {
    double[] expected = Samples.sum(Samples.doubles(before), gradient);
    Bound.ofLargest(3e-6 + meanError, expected).check(what, expected, actual);
  }

  /** On the device; gradients are there with something in them, to be added to. */
  private final class Inputs {
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

    Inputs(float[] values, long rows, long cols) {
      weights = Samples.normal(2, cols);
      biases = Samples.normal(3, cols);
      gradients = Samples.matrix(4, rows, cols);
      x0 = Samples.matrix(5, rows, cols);
      x = slab.put(values);
      weight = slab.put(weights);
      bias = slab.put(biases);
      dy = slab.put(gradients);
      dx = slab.put(x0);
      dweight = slab.put(weights);
      dbias = slab.put(biases);
    }
  }
}
