package org.memo.profile.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Rates that follow the cost model's law are found again from samples of them. */
class RateFitTest {
  private static final double LAUNCH = 1e-6;

  @Test
  void aLawOfProductsIsFoundAgain() {
    ProductFit fit = ProductFit.of(products(400e9, 10_000, 100, 0), LAUNCH);
    assertClose(400e9, fit.flopsPerSecond(), 0.01);
    assertClose(10_000, fit.halfRateOutput(), 0.01);
    assertClose(100, fit.halfRateDepth(), 0.01);
    assertTrue(fit.typicalError() < 0.01, fit::toString);
  }

  @Test
  void noiseMovesTheRateLittleAndIsSaid() {
    ProductFit fit = ProductFit.of(products(400e9, 10_000, 100, 0.1), LAUNCH);
    assertClose(400e9, fit.flopsPerSecond(), 0.1);
    assertTrue(fit.typicalError() > 0.04 && fit.typicalError() < 0.15, fit::toString);
  }

  @Test
  void aLawOfAttentionIsFoundAgain() {
    List<AttentionSample> samples = new ArrayList<>();
    for (int headSize : new int[] {64, 128}) {
      for (long length : new long[] {512, 2048, 8192}) {
        double share = length / (length + 300.0);
        samples.add(
            new AttentionSample(headSize, length, headSize * 3e9 * share, headSize * 2e9 * share));
      }
    }
    AttentionFit fit = AttentionFit.of(samples);
    assertClose(300, fit.halfRateLength(), 0.1);
    assertClose(192e9, fit.byHeadSize().get(64).forward(), 0.02);
    assertClose(256e9, fit.byHeadSize().get(128).backward(), 0.02);
  }

  private static List<ProductSample> products(
      double rate, double output, double depth, double noise) {
    Random random = new Random(7);
    List<ProductSample> samples = new ArrayList<>();
    for (long m : new long[] {64, 256, 1024}) {
      for (long n : new long[] {128, 512, 4096}) {
        for (long k : new long[] {64, 256, 2048}) {
          double loss = (1 + output / (m * n)) * (1 + depth / k);
          double seconds = 2.0 * m * n * k * loss / rate * Math.exp(noise * random.nextGaussian());
          samples.add(new ProductSample(m, n, k, LAUNCH + seconds));
        }
      }
    }
    return samples;
  }

  private static void assertClose(double expected, double actual, double relative) {
    assertEquals(expected, actual, relative * expected);
  }
}
