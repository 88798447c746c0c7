package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;

/** SwiGLU and GELU. */
abstract class ActivationContract extends TypedContract {
  private static final float[] EXTREMES = {
    0, -0f, 1e-30f, -1e-30f, 0.5f, -0.5f, 4, -4, 9, -9, 50, -50, 1e4f, -1e4f
  };

  /** Relative to the result, however small; below 1e-36 f32 holds fewer digits. */
  private static final Bound SWIGLU_BOUND = new Bound(1e-36, 4e-7);

  /** GELU rounds its argument of e^x, of up to 87, to f32 first. */
  private static final Bound GELU_BOUND = new Bound(1e-36, 2e-5);

  @Test
  void swiGluOfOddShapes() {
    int[][] shapes = {{1, 1}, {1, 17}, {7, 3}, {7, 65}, {3, 12289}, {511, 77}};
    for (int[] shape : shapes) {
      int elements = shape[0] * shape[1];
      checkSwiGlu(Samples.normal(1, elements, 3), Samples.normal(2, elements), shape[1]);
    }
  }

  @Test
  void swiGluOfExtremesIsFinite() {
    int n = EXTREMES.length;
    float[] gates = new float[n * n];
    float[] ups = new float[n * n];
    for (int i = 0; i < n * n; i++) {
      gates[i] = EXTREMES[i / n];
      ups[i] = EXTREMES[i % n];
    }
    checkSwiGlu(gates, ups, n);
  }

  @Test
  void geluOfOddLengths() {
    for (int elements : new int[] {0, 1, 7, 63, 4099, 70001}) {
      checkGelu(Samples.normal(1, elements, 2));
    }
  }

  @Test
  void geluOfExtremesIsFinite() {
    checkGelu(EXTREMES);
  }

  @Test
  void whatIsNotANumberStaysSo() {
    float[] x = {1, Float.NaN, Float.POSITIVE_INFINITY, 2};
    DeviceRegion act = room(2);
    slab.run(new SwiGluForward(put(x), act, 1, 2, type));
    assertTrue(Float.isInfinite(read(act)[0]));
    assertTrue(Float.isNaN(read(act)[1]));
    DeviceRegion input = put(x);
    DeviceRegion gradient = put(new float[] {1, 1, 1, Float.NaN});
    slab.run(new GeluBackward(input, gradient, 4, type));
    assertTrue(Float.isNaN(read(gradient)[1]));
    assertTrue(Float.isFinite(read(input)[0]));
    assertTrue(Float.isNaN(read(input)[3]));
  }

  private void checkSwiGlu(float[] exactGates, float[] exactUps, int ffn) {
    slab.clear();
    float[] gates = rounded(exactGates);
    float[] ups = rounded(exactUps);
    int rows = gates.length / ffn;
    float[] gradients = rounded(Samples.normal(3, gates.length));
    DeviceRegion gateUp = put(sideBySide(gates, ups, ffn));
    DeviceRegion act = room(gates.length);
    Bound bound = stored(SWIGLU_BOUND);
    double[] expected = new double[gates.length];
    double[] dgates = new double[gates.length];
    double[] dups = new double[gates.length];
    for (int i = 0; i < gates.length; i++) {
      expected[i] = ReferenceActivations.silu(gates[i]) * ups[i];
      dgates[i] = ReferenceActivations.siluSlope(gates[i]) * ups[i] * gradients[i];
      dups[i] = ReferenceActivations.silu(gates[i]) * gradients[i];
    }
    slab.run(new SwiGluForward(gateUp, act, rows, ffn, type));
    bound.check("act", expected, read(act));
    DeviceRegion actAgain = put(gradients);
    slab.run(new SwiGluBackward(gateUp, actAgain, rows, ffn, type));
    bound.check("act again", expected, read(actAgain));
    float[] gradient = read(gateUp);
    slopeBound(gradients).check("dgate", dgates, columns(gradient, 0, ffn));
    bound.check("dup", dups, columns(gradient, ffn, ffn));
  }

  private void checkGelu(float[] exact) {
    slab.clear();
    float[] x = rounded(exact);
    float[] gradients = rounded(Samples.normal(3, x.length));
    double[] expected = new double[x.length];
    double[] dx = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      expected[i] = ReferenceActivations.gelu(x[i]);
      dx[i] = ReferenceActivations.geluSlope(x[i]) * gradients[i];
    }
    DeviceRegion input = put(x);
    DeviceRegion act = room(x.length);
    Bound bound = stored(GELU_BOUND);
    slab.run(new GeluForward(input, act, x.length, type));
    bound.check("act", expected, read(act));
    DeviceRegion actAgain = put(gradients);
    slab.run(new GeluBackward(input, actAgain, x.length, type));
    bound.check("act again", expected, read(actAgain));
    slopeBound(gradients).check("dx", dx, read(input));
  }

  /** A slope is a sum that crosses zero once, near x = -1. */
  private Bound slopeBound(float[] gradients) {
    return stored(Bound.ofLargest(1e-6, Samples.doubles(gradients)));
  }

  /** [rows, 2F] of twice [rows, F]. */
  private static float[] sideBySide(float[] left, float[] right, int ffn) {
    float[] both = new float[2 * left.length];
    for (int from = 0; from < left.length; from += ffn) {
      System.arraycopy(left, from, both, 2 * from, ffn);
      System.arraycopy(right, from, both, 2 * from + ffn, ffn);
    }
    return both;
  }

  private static float[] columns(float[] both, int firstColumn, int ffn) {
    float[] columns = new float[both.length / 2];
    for (int to = 0; to < columns.length; to += ffn) {
      float[] row = Arrays.copyOfRange(both, 2 * to + firstColumn, 2 * to + firstColumn + ffn);
      System.arraycopy(row, 0, columns, to, ffn);
    }
    return columns;
  }
}
