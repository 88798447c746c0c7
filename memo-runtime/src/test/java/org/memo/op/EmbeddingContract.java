package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;

/**
 * Embedding: every result is exact, or exactly rounded; sums of many tokens are where they are
 * formed in the order of tokens, one by one.
 */
abstract class EmbeddingContract extends TypedContract {
  /** Tokens, table rows and columns; most ids come many times. */
  private static final int[][] SHAPES = {
    {1, 1, 1}, {7, 3, 5}, {7, 1, 65}, {97, 13, 33}, {201, 320, 129}, {3, 2, 12289}
  };

  @Test
  void rowsAreLookedUp() {
    for (int[] shape : SHAPES) {
      checkForward(shape[0], shape[1], shape[2], false);
    }
  }

  @Test
  void rowsAreAdded() {
    for (int[] shape : SHAPES) {
      checkForward(shape[0], shape[1], shape[2], true);
    }
  }

  @Test
  void gradientsAreAddedInTheOrderOfTokens() {
    for (int[] shape : SHAPES) {
      checkBackward(shape[0], shape[1], shape[2], -1);
    }
  }

  @Test
  void aSkippedIdHasNoGradient() {
    for (int[] shape : SHAPES) {
      checkBackward(shape[0], shape[1], shape[2], 0);
      checkBackward(shape[0], shape[1], shape[2], shape[1] - 1);
    }
  }

  @Test
  void anIdOutsideTheTableIsRefused() {
    DeviceRegion table = put(Samples.matrix(1, 4, 3));
    DeviceRegion dtable = slab.put(Samples.matrix(1, 4, 3));
    DeviceRegion y = put(Samples.matrix(2, 3, 3));
    for (int id : new int[] {4, -1, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      DeviceRegion ids = slab.put(0, 3, id);
      String reason = "ids[2]=" + id;
      slab.assertRefused(new EmbeddingForward(table, ids, y, 3, 3, 4, false, type), reason);
      slab.assertRefused(new EmbeddingBackward(y, ids, dtable, 3, 3, 4, -1, type), reason);
    }
  }

  /** Whether each token is added to the table itself, and none to a sum of its own before. */
  boolean addsTokensOneByOne() {
    return true;
  }

  private void checkForward(int tokens, int tableRows, int cols, boolean accumulate) {
    slab.clear();
    float[] table = rounded(Samples.matrix(1, tableRows, cols));
    float[] before = rounded(Samples.matrix(2, tokens, cols));
    int[] ids = Samples.ids(3, tokens, tableRows);
    DeviceRegion y = put(before);
    slab.run(
        new EmbeddingForward(
            put(table), slab.put(ids), y, tokens, cols, tableRows, accumulate, type));
    float[] expected = new float[before.length];
    for (int i = 0; i < expected.length; i++) {
      float row = table[ids[i / cols] * cols + i % cols];
      expected[i] = accumulate ? before[i] + row : row;
    }
    assertArrayEquals(rounded(expected), read(y));
  }

  private void checkBackward(int tokens, int tableRows, int cols, int skippedId) {
    slab.clear();
    float[] expected = Samples.matrix(1, tableRows, cols);
    float[] dy = rounded(Samples.matrix(2, tokens, cols));
    int[] ids = Samples.ids(3, tokens, tableRows);
    DeviceRegion dtable = slab.put(expected);
    slab.run(
        new EmbeddingBackward(
            put(dy), slab.put(ids), dtable, tokens, cols, tableRows, skippedId, type));
    double[] wide = Samples.doubles(expected);
    for (int i = 0; i < dy.length; i++) {
      int id = ids[i / cols];
      float added = id == skippedId ? 0 : dy[i];
      expected[id * cols + i % cols] += added;
      wide[id * cols + i % cols] += added;
    }
    if (addsTokensOneByOne()) {
      assertArrayEquals(expected, slab.read(dtable));
    }
    Bound.ofLargest(1e-6, wide).check("dtable", wide, slab.read(dtable));
  }
}
