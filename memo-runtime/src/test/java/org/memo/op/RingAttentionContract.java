package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;
import org.memo.planner.cost.ElementType;

/** Ring attention: blocks that make up the attention over a whole sequence, and its gradient. */
abstract class RingAttentionContract extends TypedContract {
  private static final int[] PLACES = {1, 2, 3, 4};
  private static final long[][] HEADS = {{1, 1}, {4, 2}, {6, 2}, {3, 1}};

  private static final Map<ElementType, List<Case>> SHORT_CHUNKS =
      ofTypes(RingAttentionContract::shortChunks);

  private static final Map<ElementType, List<Case>> LONG_CHUNKS =
      ofTypes(type ->
          List.of(
              new Case(type, 1, 100, 4, 2, 16, Segments.ONE),
              new Case(type, 2, 100, 3, 1, 80, Segments.OF_CHUNKS),
              new Case(type, 2, 64, 6, 2, 128, Segments.PADDED),
              new Case(type, 3, 64, 4, 2, 64, Segments.MANY),
              new Case(type, 3, 100, 1, 1, 64, Segments.ONE),
              new Case(type, 4, 64, 3, 1, 16, Segments.PADDED),
              new Case(type, 4, 100, 1, 1, 16, Segments.MANY)));

  /** A sequence of 2 R c tokens. */
  private record Case(int places, AttentionCase attention) {
    Case(
        ElementType type,
        int places,
        long chunk,
        long heads,
        long kvHeads,
        long headDim,
        Segments segments) {
      this(
          places,
          new AttentionCase(
              type,
              2 * places * chunk,
              heads,
              kvHeads,
              headDim,
              1,
              segments.offsets(2 * places, chunk)));
    }

    @Override
    public String toString() {
      return "R=%d %s".formatted(places, attention);
    }
  }

  private enum Segments {
    ONE,
    /** Of one token to some, of which some are empty, and one that reaches over chunks. */
    MANY,
    /** Each ends where a chunk does. */
    OF_CHUNKS,
    /** The last holds the tokens that fill up the chunks. */
    PADDED;

    long[] offsets(long chunks, long chunk) {
      long tokens = chunks * chunk;
      return switch (this) {
        case ONE -> new long[] {0, tokens};
        case MANY -> many(tokens);
        case OF_CHUNKS ->
            LongStream.rangeClosed(0, chunks).filter(i -> i != 1).map(i -> i * chunk).toArray();
        case PADDED -> new long[] {0, tokens / 3, tokens - Math.max(1, chunk / 2), tokens};
      };
    }

    private static long[] many(long tokens) {
      LongStream.Builder offsets = LongStream.builder().add(0).add(0);
      long[] lengths = {1, 3, 0, 0, 7, 2, Math.max(1, tokens / 3), 1, 20};
      long end = 0;
      for (int i = 0; end < tokens; i++) {
        end = Math.min(tokens, end + lengths[i % lengths.length]);
        offsets.add(end);
      }
      return offsets.add(tokens).build().toArray();
    }
  }

  @Test
  void blocksOfShortChunksMakeUpTheWholeAttention() {
    SHORT_CHUNKS.get(type).forEach(ring -> check(ring, 0));
  }

  @Test
  void blocksOfLongChunksMakeUpTheWholeAttention() {
    LONG_CHUNKS.get(type).forEach(ring -> check(ring, 0));
  }

  /** Then some queries have seen no key so far, and some not even after the next block. */
  @Test
  void theKeysOfAnyPlaceMayComeFirst() {
    Stream.concat(SHORT_CHUNKS.get(type).stream(), LONG_CHUNKS.get(type).stream().limit(3))
        .filter(ring -> ring.places > 1)
        .forEach(ring -> check(ring, 1));
  }

  @Test
  void theOneBlockOfOnePlaceIsFlashAttention() {
    AttentionCase attention = new AttentionCase(type, 150, 4, 2, 24, 1, 0, 70, 150);
    AttentionShape shape = attention.shape;
    DeviceRegion qkv = put(attention.qkv);
    DeviceRegion offsets = slab.put(attention.segmentOffsets);
    DeviceRegion out = room(attention.dout.length);
    DeviceRegion logSumExp = slab.floats(shape.heads() * shape.tokens());
    slab.run(new FlashAttentionForward(qkv, out, logSumExp, offsets, shape, type));
    double[] flash = Samples.doubles(read(out));
    double[] flashStatistics = Samples.doubles(slab.read(logSumExp));
    RingRun ring = new RingRun(slab, attention, 1, 0).forward();
    stored(attention.bound(flash)).check("out", flash, ring.out);
    attention.statisticsBound().check("lse", flashStatistics, ring.logSumExp);
  }

  @Test
  void aQueryThatSeesNoKeyIsZeroAndOfNoWeight() {
    AttentionCase attention = new AttentionCase(type, 20, 2, 1, 16, 1, 0, 8, 20);
    AttentionShape shape = RingRun.ofPlace(attention.shape, 2);
    DeviceRegion qkv = put(Arrays.copyOf(attention.qkv, 10 * 64));
    DeviceRegion keysValues = put(Samples.normal(3, 10 * 32));
    DeviceRegion offsets = slab.put(attention.segmentOffsets);
    DeviceRegion out = slab.floats(10 * 32);
    DeviceRegion logSumExp = slab.floats(10 * 2);
    // of queries [0, 5) and [15, 20) to keys [5, 15): the first five see none
    for (boolean first : new boolean[] {true, false}) {
      slab.run(
          new RingAttentionForward(
              qkv,
              keysValues,
              out,
              logSumExp,
              offsets,
              new RingBlock(5, 2, 0, 1),
              shape,
              first,
              type));
      assertArrayEquals(new float[5 * 32], Arrays.copyOf(slab.read(out), 5 * 32));
      float[] weights = slab.read(logSumExp);
      for (int i = 0; i < weights.length; i++) {
        assertEquals(i % 10 < 5, weights[i] == Float.NEGATIVE_INFINITY, "lse " + i);
      }
    }
    // of queries [5, 15) to keys [0, 5) and [15, 20): none but [5, 8) see one
    DeviceRegion others = slab.floats(10 * 32);
    slab.run(
        new RingAttentionForward(
            qkv,
            keysValues,
            others,
            logSumExp,
            offsets,
            new RingBlock(5, 2, 1, 0),
            shape,
            true,
            type));
    float[] weights = slab.read(logSumExp);
    for (int i = 0; i < weights.length; i++) {
      assertEquals(i % 10 >= 3, weights[i] == Float.NEGATIVE_INFINITY, "lse " + i);
    }
  }

  @Test
  void aQueryOfNoWeightAddsNothingToGradients() {
    AttentionCase attention = new AttentionCase(type, 12, 1, 1, 16, 1, 0, 12);
    int silent = 7;
    float[] dout = attention.dout.clone();
    Arrays.fill(dout, silent * 16, (silent + 1) * 16, 0);
    float[] delta = Samples.normal(3, 12);
    float[] logSumExp = Samples.normal(4, 12);
    float[] withoutIt = gradients(attention, dout, withElement(delta, silent, 0), logSumExp);
    float[] withIt =
        gradients(
            attention,
            attention.dout,
            delta,
            withElement(logSumExp, silent, Float.NEGATIVE_INFINITY));
    double[] expected = Samples.doubles(withoutIt);
    Bound.ofLargest(1e-6, expected).check("gradients", expected, withIt);
  }

  /** Of one block, dqueries then dkeysValues; they start from ones. */
  private float[] gradients(AttentionCase attention, float[] dout, float[] delta, float[] sums) {
    slab.clear();
    float[] qkv = attention.qkv;
    float[] dq = new float[12 * 16];
    float[] dkv = new float[12 * 32];
    Arrays.fill(dq, 1);
    Arrays.fill(dkv, 1);
    DeviceRegion dqueries = slab.put(dq);
    DeviceRegion dkeysValues = slab.put(dkv);
    slab.run(
        new RingAttentionBackward(
            put(qkv),
            put(RingRun.columns(qkv, 48, 16, 32)),
            put(dout),
            slab.put(sums),
            slab.put(delta),
            dqueries,
            dkeysValues,
            slab.put(attention.segmentOffsets),
            new RingBlock(6, 1, 0, 0),
            attention.shape,
            type));
    float[] both = Arrays.copyOf(slab.read(dqueries), 12 * 48);
    System.arraycopy(slab.read(dkeysValues), 0, both, 12 * 16, 12 * 32);
    return both;
  }

  /** In f32, and with steps that it can tell apart. */
  @Test
  void gradientsAreTheSlopesOfTheOutput() {
    double step = 0x1p-7;
    AttentionCase attention = new AttentionCase(ElementType.F32, 8, 2, 1, 2, 0.5, 0, 2, 8);
    float[] gradient = new RingRun(slab, attention, 2, 0).forwardAndBackward().gradient;
    for (int i = 0; i < attention.qkv.length; i++) {
      double above = lossAt(attention, i, step);
      double below = lossAt(attention, i, -step);
      double slope = (above - below) / (2 * step);
      assertEquals(slope, gradient[i], 1e-3 * (1 + Math.abs(slope)), "gradient " + i);
    }
  }

  private double lossAt(AttentionCase attention, int element, double step) {
    float before = attention.qkv[element];
    attention.qkv[element] += (float) step;
    double loss =
        Samples.dot(
            Samples.doubles(attention.dout),
            Samples.doubles(new RingRun(slab, attention, 2, 0).forward().out));
    attention.qkv[element] = before;
    return loss;
  }

  @Test
  void deltasAreRowSumsOfProducts() {
    for (int[] shape : new int[][] {{1, 1, 1}, {7, 3, 33}, {130, 2, 64}, {65, 1, 256}}) {
      slab.clear();
      int tokens = shape[0];
      int heads = shape[1];
      int headDim = shape[2];
      float[] out = rounded(Samples.normal(1, tokens * heads * headDim));
      float[] dout = rounded(Samples.normal(2, tokens * heads * headDim));
      DeviceRegion delta = slab.floats(tokens * heads);
      slab.run(new AttentionDelta(put(out), put(dout), delta, tokens, heads, headDim, type));
      double[] expected = new double[tokens * heads];
      for (int i = 0; i < out.length; i++) {
        int row = i / headDim;
        expected[row % heads * tokens + row / heads] += (double) out[i] * dout[i];
      }
      Bound.ofLargest(1e-6, expected).check("delta", expected, slab.read(delta));
    }
  }

  @Test
  void whatIsNotANumberStaysSo() {
    for (int column = 0; column < 3; column++) {
      AttentionCase attention = new AttentionCase(type, 24, 1, 1, 16, 1, 0, 24);
      attention.qkv[5 * 48 + column * 16 + 3] = Float.NaN;
      float[] out = new RingRun(slab, attention, 2, 0).forward().out;
      assertEquals(Float.NaN, out[5 * 16 + 3], "in column " + column);
    }
  }

  @Test
  void offsetsThatAreNotOfTheWholeSequenceAreRefused() {
    assertOffsetsRefused("must from 0 to tokens=20", 0, 10);
    assertOffsetsRefused("must from 0 to tokens=20", 1, 20);
    assertOffsetsRefused("is below the one before it", 0, 14, 3, 20);
  }

  private void assertOffsetsRefused(String reason, long... offsets) {
    slab.clear();
    AttentionShape shape = new AttentionShape(10, 2, 1, 8, 1, offsets.length, 0);
    DeviceRegion qkv = put(new float[10 * 32]);
    DeviceRegion keysValues = put(new float[10 * 16]);
    DeviceRegion dout = put(new float[10 * 16]);
    DeviceRegion sums = slab.put(new float[10 * 2]);
    DeviceRegion results = slab.put(new float[10 * 16]);
    DeviceRegion segments = slab.put(offsets);
    RingBlock block = new RingBlock(5, 2, 0, 1);
    slab.assertRefused(
        new RingAttentionForward(
            qkv, keysValues, results, sums, segments, block, shape, true, type),
        reason);
    slab.assertRefused(
        new RingAttentionBackward(
            qkv, keysValues, dout, sums, sums, results, results, segments, block, shape, type),
        reason);
  }

  private void check(Case ring, int start) {
    AttentionCase attention = ring.attention;
    AttentionCase.Expected expected = attention.expected();
    RingRun run = new RingRun(slab, attention, ring.places, start).forwardAndBackward();
    attention.bound(expected.out).check(ring + " out", expected.out, run.out);
    attention.statisticsBound().check(ring + " lse", expected.logSumExp, run.logSumExp);
    attention.bound(expected.dqkv).check(ring + " dqkv", expected.dqkv, run.gradient);
  }

  private static List<Case> shortChunks(ElementType type) {
    List<Case> cases = new ArrayList<>();
    for (int places : PLACES) {
      for (Segments segments : Segments.values()) {
        for (long chunk : new long[] {1, 5}) {
          long[] heads = HEADS[cases.size() % HEADS.length];
          cases.add(new Case(type, places, chunk, heads[0], heads[1], 16, segments));
        }
      }
    }
    return cases;
  }

  private static float[] withElement(float[] values, int index, float value) {
    float[] changed = values.clone();
    changed[index] = value;
    return changed;
  }

  private static Map<ElementType, List<Case>> ofTypes(Function<ElementType, List<Case>> cases) {
    Map<ElementType, List<Case>> ofTypes = new EnumMap<>(ElementType.class);
    for (ElementType type : ElementType.values()) {
      ofTypes.put(type, cases.apply(type));
    }
    return ofTypes;
  }
}
