package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** The references' gradients agree with finite differences of their forward passes. */
class ReferenceTest {
  private static final double EPSILON = 1e-5;

  private final double[] x = Samples.doubles(1, 3 * 7);
  private final double[] weight = Samples.doubles(2, 7);
  private final double[] bias = Samples.doubles(3, 7);
  private final double[] dy = Samples.doubles(4, 3 * 7);

  @Test
  void rmsNorm() {
    ReferenceNorms.Gradients gradients = ReferenceNorms.rmsBackward(x, weight, dy, EPSILON);
    FiniteDifferences.check(
        v -> ReferenceNorms.rmsForward(v, weight, EPSILON), x, dy, gradients.dx);
    FiniteDifferences.check(
        v -> ReferenceNorms.rmsForward(x, v, EPSILON), weight, dy, gradients.dweight);
  }

  @Test
  void layerNorm() {
    ReferenceNorms.Gradients gradients = ReferenceNorms.layerBackward(x, weight, dy, EPSILON);
    FiniteDifferences.check(
        v -> ReferenceNorms.layerForward(v, weight, bias, EPSILON), x, dy, gradients.dx);
    FiniteDifferences.check(
        v -> ReferenceNorms.layerForward(x, v, bias, EPSILON), weight, dy, gradients.dweight);
    FiniteDifferences.check(
        v -> ReferenceNorms.layerForward(x, weight, v, EPSILON), bias, dy, gradients.dbias);
  }

  @Test
  void activations() {
    checkSlope(ReferenceActivations::silu, ReferenceActivations::siluSlope);
    checkSlope(ReferenceActivations::gelu, ReferenceActivations::geluSlope);
  }

  @Test
  void geluIsTheTanhFormula() {
    for (double value = -6; value <= 6; value += 0.01) {
      double byTanh = 0.5 * value * (1 + Math.tanh(ReferenceActivations.inner(value)));
      assertEquals(byTanh, ReferenceActivations.gelu(value), 1e-14);
    }
  }

  @Test
  void rotaryIsTurnedBackByItsGradient() {
    double[] angles = {0.3, -2, 1e6};
    double[] head = Samples.doubles(5, 6);
    double[] dhead = Samples.doubles(6, 6);
    FiniteDifferences.check(
        v -> ReferenceRotary.rotate(v, angles, 1),
        head,
        dhead,
        ReferenceRotary.rotate(dhead, angles, -1));
    double[] back = ReferenceRotary.rotate(ReferenceRotary.rotate(head, angles, 1), angles, -1);
    assertArrayEquals(head, back, 1e-14);
  }

  @Test
  void crossEntropy() {
    double[] logits = Samples.doubles(7, 9);
    for (int target : new int[] {0, 4, 8}) {
      FiniteDifferences.check(
          v -> new double[] {ReferenceLoss.loss(v, target)},
          logits,
          new double[] {1},
          ReferenceLoss.gradient(logits, target));
    }
  }

  @Test
  void attention() {
    long[] segments = {0, 3, 3, 4, 7};
    AttentionShape shape = new AttentionShape(7, 4, 2, 3, 0.6f, segments.length, 0);
    double[] qkv = Samples.doubles(8, 7 * shape.qkvWidth());
    double[] dout = Samples.doubles(9, 7 * shape.outWidth());
    FiniteDifferences.check(
        v -> new ReferenceAttention(shape, segments, v).out(),
        qkv,
        dout,
        new ReferenceAttention(shape, segments, qkv).gradient(dout));
  }

  /** Its forward pass is checked by hand here: the rest is about gradients. */
  @Test
  void attentionIsTheMeanOfTheValuesWhereAllScoresAreEqual() {
    long[] segments = {0, 1, 4};
    AttentionShape shape = new AttentionShape(4, 1, 1, 1, 1, segments.length, 0);
    double[] qkv = {0, 9, 1, 0, 9, 2, 0, 9, 4, 0, 9, 9};
    ReferenceAttention attention = new ReferenceAttention(shape, segments, qkv);
    assertArrayEquals(new double[] {1, 2, 3, 5}, attention.out(), 1e-15);
    double[] sums = {0, 0, Math.log(2), Math.log(3)};
    assertArrayEquals(sums, attention.logSumExp(), 1e-15);
  }

  @Test
  void theProductsGradientsAreProducts() {
    double[] a = Samples.doubles(10, 3 * 5);
    double[] b = Samples.doubles(11, 5 * 4);
    double[] dc = Samples.doubles(12, 3 * 4);
    FiniteDifferences.check(
        v -> ReferenceProduct.multiply(v, false, b, false, 3, 4, 5),
        a,
        dc,
        ReferenceProduct.multiply(dc, false, b, true, 3, 5, 4));
    FiniteDifferences.check(
        v -> ReferenceProduct.multiply(a, false, v, false, 3, 4, 5),
        b,
        dc,
        ReferenceProduct.multiply(a, true, dc, false, 5, 4, 3));
  }

  private void checkSlope(DoubleUnaryOperator function, DoubleUnaryOperator slope) {
    double[] gradient = Arrays.stream(x).map(slope).toArray();
    FiniteDifferences.check(
        v -> Arrays.stream(v).map(function).toArray(),
        x,
        dy,
        Samples.combine(dy, gradient, (a, b) -> a * b));
  }
}
