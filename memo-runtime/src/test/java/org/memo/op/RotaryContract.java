package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;
import org.memo.planner.cost.ElementType;

/** Rotary position embedding and its table. */
abstract class RotaryContract extends TypedContract {
  private static final int POSITIONS = 40;

  /** Rows, heads, head dim, and elements between the rows' ends. */
  private static final int[][] SHAPES = {
    {1, 1, 2, 0},
    {7, 3, 6, 5},
    {7, 2, 34, 34},
    {33, 5, 64, 1},
    {9, 8, 80, 160},
    {3, 1, 256, 7},
    {201, 3, 64, 64}
  };

  @Test
  void theTableIsThatOfTheRoundedAngles() {
    checkTable(frequencies(11), Samples.ids(3, 301, 5000));
  }

  @Test
  void theTableIsExactAtPositionOneMillion() {
    checkTable(new float[] {0.7498942f}, new int[] {1_000_000, 0, 999_375, 1});
  }

  @Test
  void headsAreRotatedAndWhatLiesBetweenRowsStaysTheSame() {
    for (int[] shape : SHAPES) {
      checkRotation(shape[0], shape[1], shape[2], shape[3], false);
    }
  }

  @Test
  void theInverseRotatesBack() {
    for (int[] shape : SHAPES) {
      checkRotation(shape[0], shape[1], shape[2], shape[3], true);
      checkThereAndBack(shape[0], shape[1], shape[2], shape[3]);
    }
  }

  @Test
  void anOddHeadDimIsRefused() {
    DeviceRegion x = put(new float[9]);
    DeviceRegion table = slab.put(new float[4]);
    slab.assertRefused(
        new Rotary(x, 9, slab.put(0), table, table, 1, 3, 3, false, type),
        "head_dim=3, must be even");
  }

  private void checkRotation(int rows, int heads, int headDim, int gap, boolean inverse) {
    slab.clear();
    int stride = heads * headDim + gap;
    float[] x = rounded(Samples.matrix(1, rows, stride));
    int[] positions = Samples.ids(2, rows, POSITIONS);
    float[] frequencies = frequencies(headDim / 2);
    DeviceRegion region = put(x);
    slab.run(rotary(region, frequencies, positions, heads, stride, inverse));
    double[] expected = Samples.doubles(x);
    for (int row = 0; row < rows; row++) {
      double[] angles = angles(frequencies, positions[row]);
      for (int head = 0; head < heads; head++) {
        int at = row * stride + head * headDim;
        double[] values = Arrays.copyOfRange(expected, at, at + headDim);
        double[] rotated = ReferenceRotary.rotate(values, angles, inverse ? -1 : 1);
        System.arraycopy(rotated, 0, expected, at, headDim);
      }
    }
    float[] actual = read(region);
    stored(new Bound(1e-6, 1e-6)).check("x", expected, actual);
    for (int row = 0; row < rows; row++) {
      int end = (row + 1) * stride;
      assertArrayEquals(
          Arrays.copyOfRange(x, end - gap, end), Arrays.copyOfRange(actual, end - gap, end));
    }
  }

  private void checkThereAndBack(int rows, int heads, int headDim, int gap) {
    slab.clear();
    int stride = heads * headDim + gap;
    float[] x = rounded(Samples.matrix(1, rows, stride));
    int[] positions = Samples.ids(2, rows, POSITIONS);
    DeviceRegion region = put(x);
    slab.run(rotary(region, frequencies(headDim / 2), positions, heads, stride, false));
    slab.run(rotary(region, frequencies(headDim / 2), positions, heads, stride, true));
    // twice: what is rounded in between is of up to the length of the pair
    double error = type == ElementType.F32 ? 1e-6 : 5 * Rounding.error(type);
    stored(new Bound(error, 1e-6)).check("x", Samples.doubles(x), read(region));
  }

  /** What lies after the last row's heads is no part of the operation's region. */
  private Rotary rotary(
      DeviceRegion x,
      float[] frequencies,
      int[] positions,
      int heads,
      int stride,
      boolean inverse) {
    int half = frequencies.length;
    float[] cosines = new float[POSITIONS * half];
    float[] sines = new float[POSITIONS * half];
    for (int i = 0; i < cosines.length; i++) {
      double angle = angles(frequencies, i / half)[i % half];
      cosines[i] = (float) Math.cos(angle);
      sines[i] = (float) Math.sin(angle);
    }
    long headElements = 2L * half * heads;
    return new Rotary(
        x.elements(type, 0, (positions.length - 1L) * stride + headElements),
        stride,
        slab.put(positions),
        slab.put(cosines),
        slab.put(sines),
        positions.length,
        heads,
        2L * half,
        inverse,
        type);
  }

  private void checkTable(float[] frequencies, int[] positions) {
    int half = frequencies.length;
    DeviceRegion cosines = slab.floats(positions.length * half);
    DeviceRegion sines = slab.floats(positions.length * half);
    slab.run(
        new RotaryTable(
            slab.put(frequencies), slab.put(positions), cosines, sines, positions.length, half));
    float[] actualCosines = slab.read(cosines);
    float[] actualSines = slab.read(sines);
    for (int i = 0; i < actualCosines.length; i++) {
      int position = positions[i / half];
      double angle = angles(frequencies, position)[i % half];
      float cosine = (float) Math.cos(angle);
      float sine = (float) Math.sin(angle);
      assertEquals(cosine, actualCosines[i], Math.ulp(cosine), "position " + position);
      assertEquals(sine, actualSines[i], Math.ulp(sine), "position " + position);
    }
  }

  /** The products in f32, as models are trained. */
  private static double[] angles(float[] frequencies, int position) {
    double[] angles = new double[frequencies.length];
    for (int d = 0; d < angles.length; d++) {
      angles[d] = position * frequencies[d];
    }
    return angles;
  }

  private static float[] frequencies(int half) {
    float[] frequencies = new float[half];
    for (int d = 0; d < half; d++) {
      frequencies[d] = (float) Math.pow(10_000, -(double) d / half);
    }
    return frequencies;
  }
}
