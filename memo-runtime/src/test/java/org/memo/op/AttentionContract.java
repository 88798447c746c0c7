package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;
import org.memo.planner.cost.ElementType;

/** Flash attention, forward and backward. */
abstract class AttentionContract extends TypedContract {
  private static final long[] TOKENS = {1, 2, 7, 63, 64, 65, 129, 200};
  private static final long[] HEAD_DIMS = {3, 16, 24, 32, 33, 64, 80, 128, 256};
  private static final long[] HEADS_PER_KV_HEAD = {1, 2, 3, 6};

  private static final Map<ElementType, List<AttentionCase>> EVERY_SIZE =
      ofTypes(AttentionContract::everySize);

  private static final Map<ElementType, List<AttentionCase>> MANY_BLOCKS =
      ofTypes(type ->
          List.of(
              new AttentionCase(type, 515, 4, 2, 64, 1, 0, 515),
              new AttentionCase(type, 515, 4, 1, 33, 1, 0, 100, 101, 130, 386, 515)));

  private static final Map<ElementType, List<AttentionCase>> LARGE_SCORES =
      ofTypes(type ->
          List.of(
              new AttentionCase(type, 65, 2, 1, 16, 8, 0, 65),
              new AttentionCase(type, 129, 3, 3, 64, 20, 0, 60, 129),
              new AttentionCase(type, 67, 2, 2, 80, 50, 0, 1, 67)));

  private static final Map<ElementType, List<AttentionCase>> ONE_SIGN =
      ofTypes(type -> List.of(ofOneSign(type, 1100)));

  @Test
  void everyLengthWithEveryHeadDim() {
    EVERY_SIZE.get(type).forEach(this::check);
  }

  @Test
  void aSequenceOfManyBlocksWithManySegments() {
    MANY_BLOCKS.get(type).forEach(this::check);
  }

  /** Where a sum in bf16 would stand still after some hundred tokens. */
  @Test
  void longSumsOfOneSignKeepTheirPrecision() {
    ONE_SIGN.get(type).forEach(this::check);
  }

  @Test
  void queryHeadsShareKeysAndValuesInOrder() {
    for (long ratio : HEADS_PER_KV_HEAD) {
      check(new AttentionCase(type, 67, 2 * ratio, 2, 24, 1, 0, 30, 67));
      check(new AttentionCase(type, 7, 3 * ratio, 3, 16, 1, 0, 7));
    }
  }

  @Test
  void aTokenOfASegmentOfOneSeesItself() {
    AttentionCase alone =
        new AttentionCase(type, 9, 2, 2, 16, 1, LongStream.rangeClosed(0, 9).toArray());
    check(alone);
    double[] values = new double[9 * 32];
    for (int i = 0; i < values.length; i++) {
      values[i] = alone.qkv[i / 32 * 96 + 64 + i % 32];
    }
    assertArrayEquals(values, alone.expected().out, 1e-15);
  }

  @Test
  void largeScoresKeepTheirPrecision() {
    LARGE_SCORES.get(type).forEach(this::check);
  }

  /**
   * Where ranks pad their heads: a query head by itself, and a group with its key and value head.
   */
  @Test
  void headsOfZerosAreFiniteAndWithoutEffect() {
    AttentionCase attention = new AttentionCase(type, 67, 6, 3, 16, 1, 0, 30, 67);
    clearHeads(attention.qkv, 12, 16, 3, 4, 5, 8, 11);
    clearHeads(attention.dout, 6, 16, 3, 4, 5);
    DeviceRegion qkv = put(attention.qkv);
    DeviceRegion offsets = slab.put(attention.segmentOffsets);
    DeviceRegion out = room(67 * 96);
    DeviceRegion logSumExp = slab.floats(67 * 6);
    slab.run(new FlashAttentionForward(qkv, out, logSumExp, offsets, attention.shape, type));
    float[] given = read(out);
    attention.bound(attention.expected().out).check("out", attention.expected().out, given);
    attention.statisticsBound().check("lse", attention.expected().logSumExp, slab.read(logSumExp));

    clearHeads(given, 6, 16, 3, 4, 5); // what the exchange gives to the backward pass
    DeviceRegion dqkv = room(attention.qkv.length);
    slab.run(
        new FlashAttentionBackward(
            qkv,
            put(given),
            put(attention.dout),
            logSumExp,
            slab.floats(67 * 6),
            dqkv,
            offsets,
            attention.shape,
            type));
    float[] gradient = read(dqkv);
    attention.bound(attention.expected().dqkv).check("dqkv", attention.expected().dqkv, gradient);
    float[] cleared = gradient.clone();
    clearHeads(cleared, 12, 16, 3, 4, 5, 8, 11);
    assertArrayEquals(cleared, gradient);
  }

  /** Each token's largest score is far above all others: none may vanish or overflow. */
  @Test
  void scoresThatGrowAndFallAlongTheSequence() {
    AttentionCase growing = new AttentionCase(type, 200, 1, 1, 16, 1, 0, 200);
    for (int token = 0; token < 200; token++) {
      Arrays.fill(growing.qkv, token * 48, token * 48 + 16, 3);
      Arrays.fill(growing.qkv, token * 48 + 16, token * 48 + 32, (100 - token) % 71);
    }
    check(growing);
  }

  /** A loss that is not a number must come of it: a run may not go on. */
  @Test
  void whatIsNotANumberStaysSo() {
    int token = 40;
    for (int column = 0; column < 3; column++) {
      AttentionCase attention = new AttentionCase(type, 65, 1, 1, 16, 1, 0, 65);
      attention.qkv[token * 48 + column * 16 + 5] = Float.NaN;
      slab.clear();
      DeviceRegion out = room(65 * 16);
      slab.run(
          new FlashAttentionForward(
              put(attention.qkv),
              out,
              slab.floats(65),
              slab.put(attention.segmentOffsets),
              attention.shape,
              type));
      assertTrue(Float.isNaN(read(out)[token * 16 + 5]), "in column " + column);
    }
  }

  @Test
  void offsetsThatAreNoSegmentsAreRefused() {
    assertOffsetsRefused("must from 0 to tokens=5", 0, 4);
    assertOffsetsRefused("must from 0 to tokens=5", 1, 5);
    assertOffsetsRefused("is below the one before it", 0, 4, 3, 5);
  }

  @Test
  void headsThatTheKeyHeadsDoNotDivideAreRefused() {
    assertShapeRefused("heads=3, must be a multiple of kv_heads=2", 3, 2, 8);
    assertShapeRefused("head_dim=257, must be at most 256", 1, 1, 257);
  }

  private static List<AttentionCase> everySize(ElementType type) {
    List<AttentionCase> cases = new ArrayList<>();
    for (int i = 0; i < TOKENS.length; i++) {
      for (int j = 0; j < HEAD_DIMS.length; j++) {
        long ratio = HEADS_PER_KV_HEAD[(i + 3 * j) % 4];
        long kvHeads = ratio < 3 ? 2 : 1;
        long[] offsets = offsets(TOKENS[i], (i + j) % 3);
        cases.add(
            new AttentionCase(type, TOKENS[i], kvHeads * ratio, kvHeads, HEAD_DIMS[j], 1, offsets));
      }
    }
    return cases;
  }

  /**
   * The whole sequence, two segments, or many, of which one is empty and one has a single token.
   */
  private static long[] offsets(long tokens, int kind) {
    return switch (kind) {
      case 0 -> new long[] {0, tokens};
      case 1 -> new long[] {0, tokens / 3, tokens};
      default ->
          LongStream.of(0, 1, tokens / 5, tokens / 5, tokens / 2, tokens - 1, tokens)
              .sorted()
              .toArray();
    };
  }

  private void check(AttentionCase attention) {
    slab.clear();
    AttentionShape shape = attention.shape;
    AttentionCase.Expected expected = attention.expected();
    DeviceRegion qkv = put(attention.qkv);
    DeviceRegion offsets = slab.put(attention.segmentOffsets);
    DeviceRegion out = room(expected.out.length);
    DeviceRegion logSumExp = slab.floats(expected.logSumExp.length);
    slab.run(new FlashAttentionForward(qkv, out, logSumExp, offsets, shape, type));
    attention.bound(expected.out).check(attention + " out", expected.out, read(out));
    attention.statisticsBound().check(attention + " lse", expected.logSumExp, slab.read(logSumExp));
    DeviceRegion dqkv = room(attention.qkv.length);
    DeviceRegion delta = slab.floats(expected.logSumExp.length);
    DeviceRegion dout = put(attention.dout);
    slab.run(
        new FlashAttentionBackward(qkv, out, dout, logSumExp, delta, dqkv, offsets, shape, type));
    attention.bound(expected.dqkv).check(attention + " dqkv", expected.dqkv, read(dqkv));
  }

  /** All tokens weigh about the same, and what each adds to an output or a gradient is positive. */
  private static AttentionCase ofOneSign(ElementType type, int tokens) {
    AttentionCase attention = new AttentionCase(type, tokens, 1, 1, 16, 1, 0, tokens);
    for (int token = 0; token < tokens; token++) {
      int sign = token % 2 == 0 ? 1 : -1;
      Arrays.fill(attention.qkv, token * 48, token * 48 + 16, 0.125f);
      Arrays.fill(attention.qkv, token * 48 + 16, token * 48 + 32, 0.125f * sign);
      Arrays.fill(attention.qkv, token * 48 + 32, token * 48 + 48, 2 + sign);
    }
    Arrays.fill(attention.dout, 1);
    return attention;
  }

  private static Map<ElementType, List<AttentionCase>> ofTypes(
      Function<ElementType, List<AttentionCase>> cases) {
    Map<ElementType, List<AttentionCase>> ofTypes = new EnumMap<>(ElementType.class);
    for (ElementType type : ElementType.values()) {
      ofTypes.put(type, cases.apply(type));
    }
    return ofTypes;
  }

  private static void clearHeads(float[] rows, int heads, int headDim, int... cleared) {
    for (int row = 0; row < rows.length; row += heads * headDim) {
      for (int head : cleared) {
        Arrays.fill(rows, row + head * headDim, row + (head + 1) * headDim, 0);
      }
    }
  }

  private void assertOffsetsRefused(String reason, long... offsets) {
    assertRefused(new AttentionCase(type, 5, 2, 1, 8, 1, offsets), reason);
  }

  private void assertShapeRefused(String reason, long heads, long kvHeads, long headDim) {
    assertRefused(new AttentionCase(type, 5, heads, kvHeads, headDim, 1, 0, 5), reason);
  }

  private void assertRefused(AttentionCase attention, String reason) {
    slab.clear();
    AttentionShape shape = attention.shape;
    DeviceRegion qkv = put(attention.qkv);
    DeviceRegion dout = put(attention.dout);
    DeviceRegion offsets = slab.put(attention.segmentOffsets);
    DeviceRegion sums = slab.put(new float[(int) (shape.heads() * shape.tokens())]);
    slab.assertRefused(new FlashAttentionForward(qkv, dout, sums, offsets, shape, type), reason);
    slab.assertRefused(
        new FlashAttentionBackward(qkv, dout, dout, sums, sums, qkv, offsets, shape, type), reason);
  }
}
