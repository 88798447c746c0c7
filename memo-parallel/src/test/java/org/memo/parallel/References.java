package org.memo.parallel;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/** What the ranks' calls have to give, element by element. Every array has an entry for a rank. */
final class References {
  private References() {}

  /** Of any sign and size, so that the order of a sum shows in its bits. */
  static float[][] floats(long seed, int ranks, int elements) {
    SplittableRandom random = new SplittableRandom(seed);
    float[][] values = new float[ranks][elements];
    for (float[] row : values) {
      for (int i = 0; i < elements; i++) {
        row[i] = (float) (random.nextGaussian() * Math.exp(3 * random.nextGaussian()));
      }
    }
    return values;
  }

  /** Values that bf16 represents. */
  static float[][] bf16(long seed, int ranks, int elements) {
    float[][] values = floats(seed, ranks, elements);
    for (float[] row : values) {
      for (int i = 0; i < elements; i++) {
        row[i] = roundedToBf16(row[i]);
      }
    }
    return values;
  }

  /** To the nearest of the two neighbours, and to the even one of equally near ones. */
  static float roundedToBf16(float value) {
    float below = Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xFFFF0000);
    float above = Float.intBitsToFloat(Float.floatToRawIntBits(below) + 0x10000);
    float middle = below / 2 + above / 2;
    boolean belowIsEven = (Float.floatToRawIntBits(below) & 0x10000) == 0;
    boolean staysBelow = Math.abs(value) < Math.abs(middle) || value == middle && belowIsEven;
    return staysBelow ? below : above;
  }

  static double[][] doubles(long seed, int ranks, int elements) {
    float[][] floats = floats(seed, ranks, elements);
    double[][] values = new double[ranks][elements];
    for (int rank = 0; rank < ranks; rank++) {
      for (int i = 0; i < elements; i++) {
        values[rank][i] = floats[rank][i] / 3.0;
      }
    }
    return values;
  }

  static float[] concatenation(float[][] shards) {
    int each = shards[0].length;
    float[] whole = new float[shards.length * each];
    for (int i = 0; i < whole.length; i++) {
      whole[i] = shards[i / each][i % each];
    }
    return whole;
  }

  /** In the order of the ranks. */
  static float[] sum(float[][] addends) {
    float[] sum = addends[0].clone();
    for (float[] addend : Arrays.asList(addends).subList(1, addends.length)) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += addend[i];
      }
    }
    return sum;
  }

  static double[] sum(double[][] addends) {
    double[] sum = addends[0].clone();
    for (double[] addend : Arrays.asList(addends).subList(1, addends.length)) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += addend[i];
      }
    }
    return sum;
  }

  /** Heads that are not in the whole row stay zeros. */
  static float[] tokensToHeads(HeadCase heads, float[][] sources, int rank) {
    float[] target = new float[heads.headElements()];
    for (int token = 0; token < heads.tokens(); token++) {
      float[] source = sources[token / heads.tokensEach()];
      for (int head = 0; head < heads.localHeads(); head++) {
        int whole = heads.wholeHead(rank, head);
        for (int d = 0; d < heads.headDim() && whole != HeadCase.NONE; d++) {
          target[heads.headIndex(token, head, d)] =
              source[heads.tokenIndex(token % heads.tokensEach(), whole, d)];
        }
      }
    }
    return target;
  }

  static float[] headsToTokens(HeadCase heads, float[][] sources, int rank) {
    return headsToTokens(heads, sources, rank, sum -> sum);
  }

  /** Each sum of two is rounded. */
  static float[] headsToTokens(
      HeadCase heads, float[][] sources, int rank, UnaryOperator<Float> rounding) {
    float[] target = new float[heads.tokenElements()];
    for (int from = 0; from < heads.ranks(); from++) {
      for (int token = 0; token < heads.tokensEach(); token++) {
        int globalToken = rank * heads.tokensEach() + token;
        for (int head = 0; head < heads.localHeads(); head++) {
          int whole = heads.wholeHead(from, head);
          for (int d = 0; d < heads.headDim() && whole != HeadCase.NONE; d++) {
            int at = heads.tokenIndex(token, whole, d);
            target[at] =
                rounding.apply(target[at] + sources[from][heads.headIndex(globalToken, head, d)]);
          }
        }
      }
    }
    return target;
  }
}
