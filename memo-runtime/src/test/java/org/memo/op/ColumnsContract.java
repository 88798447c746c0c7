package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.planner.cost.ElementType;

/** Columns of one matrix copied into another. */
abstract class ColumnsContract extends TypedContract {
  /** Rows, columns, the source's width and first, the target's width and first. */
  private static final int[][] SHAPES = {
    {1, 1, 1, 0, 1, 0},
    {3, 5, 9, 2, 7, 1},
    {7, 64, 192, 128, 64, 0},
    {64, 33, 33, 0, 100, 67},
    {301, 129, 400, 271, 130, 1},
    {1, 40_001, 40_003, 1, 40_004, 3},
    {5, 0, 3, 3, 4, 1},
    {0, 2, 3, 1, 4, 1}
  };

  @Test
  void columnsOfTheTypeAreCopied() {
    for (int[] shape : SHAPES) {
      check(shape, type);
    }
  }

  @Test
  void columnsOfFloatsAreRounded() {
    for (int[] shape : SHAPES) {
      check(shape, ElementType.F32);
    }
  }

  /** Halfway between two of bf16, next to that, too large for it, subnormal, and no numbers. */
  @Test
  void theRoundingIsExactAtItsEdges() {
    float[] values = {
      0x1.01p0f,
      0x1.03p0f,
      0x1.010002p0f,
      0x1.00fffep0f,
      0x1.ffp127f,
      0x1p-133f,
      0x1p-134f,
      -0f,
      Float.NEGATIVE_INFINITY,
      Float.NaN
    };
    int cols = values.length;
    DeviceRegion target = room(cols);
    slab.run(
        new CopyColumns(
            slab.put(values), target, 1, cols, cols, 0, cols, 0, ElementType.F32, type));
    assertArrayEquals(rounded(values), read(target));
  }

  private void check(int[] shape, ElementType sourceType) {
    slab.clear();
    int rows = shape[0];
    int cols = shape[1];
    float[] values = Rounding.to(sourceType, Samples.matrix(1, rows, shape[2]));
    float[] expected = rounded(Samples.matrix(2, rows, shape[4]));
    DeviceRegion target = put(expected);
    DeviceRegion after = put(new float[] {1, 2, 3});
    CopyColumns copy =
        new CopyColumns(
            slab.put(sourceType, values),
            target,
            rows,
            cols,
            shape[2],
            shape[3],
            shape[4],
            shape[5],
            sourceType,
            type);
    Stream stream = device.createStream("columns");
    stream.submit(copy);
    stream.synchronize();
    for (int row = 0; row < rows; row++) {
      for (int col = 0; col < cols; col++) {
        expected[row * shape[4] + shape[5] + col] =
            Rounding.to(type, values[row * shape[2] + shape[3] + col]);
      }
    }
    assertArrayEquals(expected, read(target));
    assertArrayEquals(new float[] {1, 2, 3}, read(after));
  }
}
