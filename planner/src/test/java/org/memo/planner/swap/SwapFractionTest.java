package org.memo.planner.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.planner.swap.SwapFraction.Bound;

/** Expects the figures that follow from MEMO's formulas, for GPT layers in bf16. */
class SwapFractionTest {

  private static final long TERABYTE = 1L << 40;
  private static final long PLENTY = Long.MAX_VALUE;

  @ParameterizedTest
  @CsvSource({
    "32, 4096, 8, 512, 1",
    "32, 4096, 8, 640, .83",
    "32, 4096, 8, 768, .67",
    "32, 4096, 8, 896, .55",
    "32, 4096, 8, 1024, .47",
    "32, 4096, 8, 1152, .40",
    "32, 4096, 8, 1280, .35",
    "32, 4096, 8, 1408, .30",
    "40, 5120, 16, 640, 1",
    "40, 5120, 16, 768, .88",
    "40, 5120, 16, 1024, .63",
    "40, 5120, 16, 1408, .42",
    "48, 7168, 32, 768, 1",
    "48, 7168, 32, 1024, .77",
    "80, 8192, 64, 1024, .80",
    "80, 8192, 64, 1408, .54"
  })
  void hostMemoryOfTwoTerabytesPerNodeAllows(
      int layers, long hidden, int gpus, long kiloTokens, double expected) {
    LayerProfile layer = GptLayers.profile(kiloTokens * 1024, hidden, gpus, 1e15);
    HostMemory host = new HostMemory(2 * TERABYTE, 8, 0, 0);
    SwapFraction fraction = SwapFraction.ofPaper(layer, layers, 1e15, host);
    assertEquals(expected, fraction.alpha(), 0.0055);
    assertEquals(expected == 1 ? Bound.NONE : Bound.HOST_MEMORY, fraction.bound());
    assertTrue(fraction.fitsHostMemory());
  }

  @ParameterizedTest
  @CsvSource({
    "190e12, 12.4e9, 32, .24", "190e12, 12.4e9, 64, .39", "190e12, 12.4e9, 96, .54",
    "190e12, 12.4e9, 128, .70", "190e12, 12.4e9, 192, 1", "190e12, 25e9, 32, .63",
    "190e12, 25e9, 64, .94", "190e12, 25e9, 96, 1", "450e12, 50e9, 32, .51",
    "450e12, 50e9, 64, .77", "450e12, 50e9, 96, 1"
  })
  void bandwidthAllows(double flops, double bandwidth, long kiloTokens, double expected) {
    SwapFraction fraction =
        SwapFraction.solve(
            GptLayers.profile(kiloTokens * 1024, 4096, 8, flops), 30, bandwidth, PLENTY);
    assertEquals(expected, fraction.alpha(), 0.0055);
    assertEquals(expected == 1 ? Bound.NONE : Bound.BANDWIDTH, fraction.bound());
  }

  @Test
  void aSevenBillionModelHidesFullSwappingFromAbout192KTokens() {
    // s >= 16 F / B - 12 h, whatever the number of GPUs that share the layer
    long crossing = (long) Math.ceil(16 * 190e12 / 12.4e9 - 12 * 4096);
    assertEquals(192, crossing / 1024.0, 1);
    assertEquals(Bound.NONE, swapAt(crossing).bound());
    assertEquals(Bound.BANDWIDTH, swapAt(crossing - 1024).bound());
  }

  private static SwapFraction swapAt(long tokens) {
    return SwapFraction.solve(GptLayers.profile(tokens, 4096, 1, 190e12), 30, 12.4e9, PLENTY);
  }

  @Test
  void whatIsReservedAndPinnedAnywayIsTakenOffTheHostMemoryFirst() {
    // (1000 - 200) / 4 - 50 = 150 bytes for a rank's one swapped layer
    LayerProfile layer = new LayerProfile(20, 30, 200, 1);
    HostMemory host = new HostMemory(1000, 4, 200, 50);
    assertEquals(150, host.activationBytesPerRank());
    assertEquals(
        new SwapFraction(0.5, Bound.HOST_MEMORY, true), SwapFraction.ofPaper(layer, 3, 1e9, host));
    assertEquals(0, new HostMemory(1000, 4, 200, 201).activationBytesPerRank());
    assertEquals(0, new HostMemory(100, 4, 200, 0).activationBytesPerRank());
    assertThrows(IllegalArgumentException.class, () -> new HostMemory(100, 0, 0, 0));
  }

  @Test
  void aModelOfTwoLayersSwapsNothing() {
    LayerProfile layer = new LayerProfile(20, 30, 200, 1);
    for (int layers = 0; layers <= 2; layers++) {
      SwapFraction fraction = SwapFraction.ofPaper(layer, layers, 1, HostMemory.ofRank(0));
      assertEquals(new SwapFraction(1, Bound.NONE, true), fraction);
    }
  }

  @Test
  void theTighterBoundIsNamed() {
    LayerProfile layer = new LayerProfile(100, 100, 1000, 1);
    assertEquals(
        new SwapFraction(0.3, Bound.BANDWIDTH, true), SwapFraction.solve(layer, 2, 500, 1400));
    assertEquals(
        new SwapFraction(0.2, Bound.HOST_MEMORY, true), SwapFraction.solve(layer, 2, 500, 800));
  }

  @Test
  void slowCopiesGiveZeroButStillFit() {
    LayerProfile layer = new LayerProfile(100, 100, 1000, 1);
    assertEquals(
        new SwapFraction(0, Bound.BANDWIDTH, true), SwapFraction.solve(layer, 2, 10, PLENTY));
  }

  @Test
  void aHostTooSmallForTheFixedPartDoesNotFit() {
    LayerProfile layer = new LayerProfile(100, 100, 1000, 1);
    assertTrue(SwapFraction.solve(layer, 3, 1e9, 600).fitsHostMemory());
    assertEquals(
        new SwapFraction(0, Bound.HOST_MEMORY, false), SwapFraction.solve(layer, 3, 1e9, 599));
  }

  @Test
  void nothingToSwapIsNoBound() {
    SwapFraction unbound = new SwapFraction(1, Bound.NONE, true);
    assertEquals(unbound, SwapFraction.solve(new LayerProfile(9, 9, 9, 1), 0, 1, 0));
    assertEquals(unbound, SwapFraction.solve(new LayerProfile(9, 9, 0, 1), 2, 1, 36));
  }

  @Test
  void theSwappedBytesNeverExceedTheHostMemory() {
    Random random = new Random(3);
    for (int round = 0; round < 10_000; round++) {
      long others = 1 + random.nextLong(1L << 50);
      LayerProfile layer =
          new LayerProfile(random.nextLong(1L << 40), random.nextLong(1L << 40), others, 1);
      int layers = 1 + random.nextInt(200);
      long hostBytes = random.nextLong(1L << 52);
      SwapFraction fraction = SwapFraction.solve(layer, layers, 1e30, hostBytes);
      if (fraction.fitsHostMemory()) {
        assertTrue(layers * layer.swappedBytes(fraction.alpha()) <= hostBytes);
      }
    }
  }

  @Test
  void impossibleInputsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new LayerProfile(-1, 1, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new LayerProfile(1, 1, 1, 0));
    assertThrows(IllegalArgumentException.class, () -> new LayerProfile(1, 1, 1, Double.NaN));
    assertThrows(
        IllegalArgumentException.class,
        () -> new LayerProfile(Long.MAX_VALUE / 2, PLENTY / 2, 2, 1));
    LayerProfile layer = new LayerProfile(1, 1, 1, 1);
    assertThrows(IllegalArgumentException.class, () -> SwapFraction.solve(layer, -1, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> SwapFraction.solve(layer, 1, 0, 1));
    assertThrows(IllegalArgumentException.class, () -> SwapFraction.solve(layer, 1, 1, -1));
  }
}
