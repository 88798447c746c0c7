package org.memo.planner.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.LongToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CostModelTest {
  private static final CostModel A100 = new CostModel(Hardware.named("a100-80gb"), 8);
  private static final CostModel A800 = new CostModel(Hardware.named("a800-80gb"), 8);
  private static final CostModel H100 = new CostModel(Hardware.named("h100-80gb"), 8);

  static Stream<CostModel> models() {
    return Hardware.names().stream().map(name -> new CostModel(Hardware.named(name), 8));
  }

  @ParameterizedTest
  @CsvSource({"a100-80gb, 271e12", "h100-80gb, 794.5e12", "b200, 1745e12", "a800-80gb, 271e12"})
  void aLargeProductRunsAtTheMeasuredRate(String name, double flops) {
    long n = 8192;
    double seconds =
        new CostModel(Hardware.named(name), 1).productSeconds(ElementType.BF16, n, n, n);
    assertEquals(flops, 2.0 * n * n * n / seconds, 0.02 * flops);
  }

  @ParameterizedTest
  @CsvSource({"a100-80gb, 200e12, 178e12", "h100-80gb, 648e12, 561e12"})
  void attentionOverLongSequencesRunsAtTheMeasuredRate(String name, double fwd, double bwd) {
    CostModel model = new CostModel(Hardware.named(name), 8);
    for (long length = 1 << 16; length <= 1 << 21; length *= 2) {
      double pairs = length * (length + 1) / 2.0;
      double forward = model.attentionForwardSeconds(ElementType.BF16, pairs, length, 32, 128);
      double backward = model.attentionBackwardSeconds(ElementType.BF16, pairs, length, 32, 128);
      assertEquals(fwd, 4 * pairs * 32 * 128 / forward, 0.03 * fwd);
      assertEquals(bwd, 10 * pairs * 32 * 128 / backward, 0.03 * bwd);
    }
  }

  @Test
  void headSizesBetweenAreInterpolatedAndOutsideTakeTheNearest() {
    double at64 = attentionOnH100(64);
    double at96 = attentionOnH100(96);
    double at128 = attentionOnH100(128);
    assertEquals((at64 + at128) / 2, at96, 1e9);
    assertEquals(at64, attentionOnH100(32), 1e9);
    assertEquals(at128, attentionOnH100(256), 1e9);
  }

  /** FLOP/s at a length where launching costs nothing. */
  private static double attentionOnH100(long headSize) {
    long length = 1 << 20;
    double pairs = 0.5 * length * length;
    double launch = H100.hardware().launchSeconds().value();
    return 4
        * pairs
        * headSize
        / (H100.attentionForwardSeconds(ElementType.BF16, pairs, length, 1, headSize) - launch);
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyCostGrowsWithEverySize(CostModel model) {
    Random random = new Random(7);
    for (int i = 0; i < 300; i++) {
      long m = size(random);
      long n = size(random);
      long k = size(random);
      for (ElementType type : ElementType.values()) {
        requireGrowth(m, x -> model.productSeconds(type, x, n, k));
        requireGrowth(n, x -> model.productSeconds(type, m, x, k));
        requireGrowth(k, x -> model.productSeconds(type, m, n, x));
        requireGrowth(m, x -> causal(model, type, x, 8, 128, true));
        requireGrowth(m, x -> causal(model, type, x, 8, 128, false));
        requireGrowth(n, x -> causal(model, type, m, x, 64, true));
      }
      requireGrowth(m, x -> model.memoryBoundSeconds("any", x));
      int ranks = 1 << 1 + random.nextInt(6);
      for (CopyDirection direction : CopyDirection.values()) {
        requireGrowth(m, x -> model.copySeconds(direction, x, false));
        assertTrue(model.copySeconds(direction, m, true) > model.copySeconds(direction, m, false));
      }
      for (CollectiveKind kind : CollectiveKind.values()) {
        requireGrowth(m, x -> model.collectiveSeconds(kind, x, ranks, 8));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void smallAndThinProductsAreSlower(CostModel model) {
    double small = rate(model, 256, 256, 256);
    double middle = rate(model, 1024, 1024, 1024);
    double large = rate(model, 8192, 8192, 8192);
    assertTrue(small < 0.1 * large && middle < 0.7 * large, () -> small + " " + middle);
    assertTrue(rate(model, 16, 4096, 4096) < 0.2 * large);
    assertTrue(rate(model, 8192, 8192, 64) < 0.5 * large);
    assertEquals(large, rate(model, 131072, 4096, 16384), 0.02 * large);
  }

  private static double rate(CostModel model, long m, long n, long k) {
    return 2.0 * m * n * k / model.productSeconds(ElementType.BF16, m, n, k);
  }

  @Test
  void copiesInCompanyShareTheNodesLinks() {
    Hardware a800 = Hardware.named("a800-80gb");
    assertEquals(24.8e9, new CostModel(a800, 1).copyBytesPerSecond(CopyDirection.TO_HOST));
    assertEquals(24.8e9, new CostModel(a800, 4).copyBytesPerSecond(CopyDirection.TO_HOST));
    assertEquals(12.4e9, new CostModel(a800, 8).copyBytesPerSecond(CopyDirection.TO_HOST), 1);
  }

  @Test
  void collectivesCostWhatTheirSlowestLinkTakes() {
    double bytes = 8e9;
    double inside = 300e9 * 0.78;
    double between = 25e9 * 0.96;
    assertEquals(0, A100.collectiveSeconds(CollectiveKind.ALL_REDUCE, 0, 1, 1));
    assertEquals(
        bytes / inside, A100.collectiveSeconds(CollectiveKind.ALL_TO_ALL, bytes, 8, 8), 2e-5);
    // Of the 15 others, 8 are in the other node.
    assertEquals(
        bytes * 8 / 15 / between,
        A100.collectiveSeconds(CollectiveKind.ALL_TO_ALL, bytes, 16, 8),
        5e-5);
    // A whole of 16/15 bytes enters each node once, through 8 links, half of it from outside.
    assertEquals(
        bytes * 16 / 15 * 7 / 8 / inside,
        A100.collectiveSeconds(CollectiveKind.ALL_GATHER, bytes, 16, 8),
        1e-4);
    assertEquals(
        bytes / between, A100.collectiveSeconds(CollectiveKind.SEND_RECEIVE, bytes, 16, 8), 5e-5);
    assertEquals(
        bytes / between, A100.collectiveSeconds(CollectiveKind.ALL_GATHER, bytes, 16, 1), 2e-4);
  }

  /** busbw = size / time * factor (NVIDIA/nccl-tests, doc/PERFORMANCE.md) is that of the links. */
  @ParameterizedTest
  @CsvSource({"ALL_GATHER, 1", "REDUCE_SCATTER, 1", "ALL_REDUCE, 2", "ALL_TO_ALL, 1"})
  void largeCollectivesOfANodeReachTheBusBandwidthOfItsLinks(CollectiveKind kind, int passes) {
    double size = 1e12;
    for (int ranks : new int[] {2, 4, 8}) {
      double factor = passes * (ranks - 1.0) / ranks;
      double seconds = H100.collectiveSeconds(kind, factor * size, ranks, 8);
      assertEquals(450e9 * 0.82, size / seconds * factor, 1e9);
    }
  }

  /** Over nodes rings use all of a node's links to the network; pairs of ranks one each. */
  @Test
  void largeCollectivesOfManyNodesAreBoundByNvlinkOrByTheNetwork() {
    double size = 1e12;
    for (int ranks : new int[] {16, 128, 1024}) {
      double factor = (ranks - 1.0) / ranks;
      double gather = H100.collectiveSeconds(CollectiveKind.ALL_GATHER, factor * size, ranks, 8);
      double gatherBandwidth = size / gather * factor;
      assertTrue(gatherBandwidth > 360e9 && gatherBandwidth < 430e9, () -> "" + gatherBandwidth);
      double exchange = H100.collectiveSeconds(CollectiveKind.ALL_TO_ALL, factor * size, ranks, 8);
      double outside = (ranks - 8.0) / (ranks - 1);
      assertEquals(48e9 / outside, size / exchange * factor, 1e9);
    }
  }

  /** Of NCCL's own model (src/graph/tuning.cc): a ring's latency grows with its ranks. */
  @Test
  void latencyGrowsWithTheRanksOfARingAndWithTheirLogarithmWhereATreeWillDo() {
    double small = 1;
    double base = 30e-6;
    for (int nodes : new int[] {2, 16, 128}) {
      int ranks = 8 * nodes;
      double ring = base + nodes * 7 * 3.4e-6 + (nodes - 1) * 9.6e-6;
      double tree = base + 2 * (7 * 3.4e-6 + Math.log(nodes) / Math.log(2) * 9.6e-6);
      assertEquals(ring, H100.collectiveSeconds(CollectiveKind.ALL_GATHER, small, ranks, 8), 1e-9);
      assertEquals(
          ring, H100.collectiveSeconds(CollectiveKind.REDUCE_SCATTER, small, ranks, 8), 1e-9);
      assertEquals(tree, H100.collectiveSeconds(CollectiveKind.ALL_REDUCE, small, ranks, 8), 1e-9);
    }
  }

  @Test
  void emptyWorkCostsItsLaunch() {
    double launch = A100.hardware().launchSeconds().value();
    assertEquals(launch, A100.productSeconds(ElementType.BF16, 0, 5, 5));
    assertEquals(launch, A100.attentionForwardSeconds(ElementType.BF16, 0, 0, 8, 128));
    assertEquals(launch, A100.attentionBackwardSeconds(ElementType.BF16, 0, 0, 8, 128));
    assertEquals(launch, A100.memoryBoundSeconds("any", 0));
  }

  @Test
  void aNodeHasOnlySoManyDevices() {
    for (int ranks : new int[] {0, 9}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> new CostModel(Hardware.named("b200"), ranks))
              .getMessage();
      assertEquals(ranks + " ranks per node; b200 has 1 to 8 devices per node", message);
    }
  }

  /** The paper's headline (MEMO, section 5): 7B, 1M tokens, 8 A800, 52.3 % of 312 TFLOP/s. */
  @Test
  void aGptOf7BillionParametersTrainsOnAMillionTokensAsFastAsThePaperSays() {
    long tokens = 1 << 20;
    int ranks = 8;
    double layers = 32 * (layerForward(tokens, ranks) + layerBackward(tokens, ranks));
    double head = 3 * A800.productSeconds(ElementType.BF16, tokens / ranks, 50257, 4096);
    double modelFlops = 6 * 6.65e9 * tokens + 6.0 * 32 * 4096 * tokens * tokens;
    double mfu = modelFlops / (ranks * 312e12 * (layers + head));
    assertTrue(0.49 <= mfu && mfu <= 0.55, () -> "MFU " + mfu);
  }

  /** Memo's swapping hides beyond 192K tokens (MEMO, figure 1b). */
  @Test
  void copyingALayersActivationsHidesBehindItsForwardPassNear192KTokens() {
    long crossing = 32 << 10;
    while (copySeconds(crossing, 8) > layerForward(crossing, 8)) {
      crossing += 4 << 10;
    }
    long found = crossing >> 10;
    assertTrue(182 <= found && found <= 202, () -> "crossing at " + found + "K");
  }

  private static double copySeconds(long tokens, int ranks) {
    return A800.copySeconds(CopyDirection.TO_HOST, 16 * tokens * 4096 * 2 / ranks, false);
  }

  /** A layer of hidden size 4096 with 32 heads, its sequence and its heads shared by the ranks. */
  private static double layerForward(long tokens, int ranks) {
    double pairs = tokens * (tokens + 1) / 2.0;
    return products(tokens / ranks)
        + A800.attentionForwardSeconds(ElementType.BF16, pairs, tokens, 32 / ranks, 128)
        + exchanges(tokens / ranks, ranks)
        + A800.memoryBoundSeconds("any", elementwiseBytes(tokens / ranks));
  }

  private static double layerBackward(long tokens, int ranks) {
    double pairs = tokens * (tokens + 1) / 2.0;
    return 2 * products(tokens / ranks)
        + A800.attentionBackwardSeconds(ElementType.BF16, pairs, tokens, 32 / ranks, 128)
        + exchanges(tokens / ranks, ranks)
        + 2 * A800.memoryBoundSeconds("any", elementwiseBytes(tokens / ranks));
  }

  private static double products(long tokens) {
    long h = 4096;
    return A800.productSeconds(ElementType.BF16, tokens, 3 * h, h)
        + A800.productSeconds(ElementType.BF16, tokens, h, h)
        + A800.productSeconds(ElementType.BF16, tokens, 4 * h, h)
        + A800.productSeconds(ElementType.BF16, tokens, h, 4 * h);
  }

  /** Queries, keys and values one way, the output the other. */
  private static double exchanges(long tokens, int ranks) {
    double sent = 2.0 * tokens * 4096 * (ranks - 1) / ranks;
    return A800.collectiveSeconds(CollectiveKind.ALL_TO_ALL, 3 * sent, ranks, ranks)
        + A800.collectiveSeconds(CollectiveKind.ALL_TO_ALL, sent, ranks, ranks);
  }

  /** Two norms, two residuals, biases and the activation: about 36 passes over the hidden size. */
  private static double elementwiseBytes(long tokens) {
    return 36.0 * tokens * 4096 * 2;
  }

  private static double causal(
      CostModel model, ElementType type, long length, long heads, long headSize, boolean forward) {
    double pairs = 0.5 * length * (length + 1);
    return forward
        ? model.attentionForwardSeconds(type, pairs, length, heads, headSize)
        : model.attentionBackwardSeconds(type, pairs, length, heads, headSize);
  }

  /** From 1 to a million, small ones as often as large ones. */
  private static long size(Random random) {
    return Math.max(1, random.nextLong(1L << 1 + random.nextInt(20)));
  }

  private static void requireGrowth(long at, LongToDoubleFunction seconds) {
    double before = seconds.applyAsDouble(at);
    double one = seconds.applyAsDouble(at + 1);
    double twice = seconds.applyAsDouble(2 * at + 64);
    assertTrue(
        before > 0 && one >= before && twice > before, () -> before + " " + one + " " + twice);
  }
}
