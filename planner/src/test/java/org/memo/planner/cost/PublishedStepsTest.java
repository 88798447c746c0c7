package org.memo.planner.cost;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whole training steps that others measured on an A100, against the cost model's sum, which leaves
 * out the optimizer, the reduction of gradients and the gaps between kernels: it must be faster,
 * but not by much.
 */
class PublishedStepsTest {
  private static final CostModel A100 = new CostModel(Hardware.named("a100-80gb"), 8);
  private static final long TOKENS = 16_384;
  private static final long VOCAB = 50_257;

  /** FlashAttention-2 (arXiv 2307.08691), table 1, in its FLOPs: attention's whole square. */
  @ParameterizedTest
  @CsvSource({
    "24, 2048, 16, 2048, 196",
    "24, 2048, 16, 8192, 220",
    "32, 2560, 20, 2048, 205",
    "32, 2560, 20, 8192, 225",
  })
  void gptOnOneA100RunsAsFastAsFlashAttention2sPaperSays(
      int layers, long hidden, long heads, long length, double teraflops) {
    double parameters = 12.0 * layers * hidden * hidden + VOCAB * hidden;
    double flops = 6 * parameters * TOKENS + 12.0 * layers * hidden * length * TOKENS;
    double seconds =
        layers * layerSeconds(hidden, heads, length)
            + 3 * A100.productSeconds(ElementType.BF16, TOKENS, VOCAB, hidden)
            + A100.memoryBoundSeconds("loss", 3.0 * TOKENS * VOCAB * 2);
    double ratio = flops / seconds / 1e12 / teraflops;
    assertTrue(1 <= ratio && ratio <= 1.13, () -> "predicted / measured = " + ratio);
  }

  private static double layerSeconds(long hidden, long heads, long length) {
    double pairs = 0.5 * TOKENS * (length + 1);
    long size = hidden / heads;
    return 3 * productSeconds(hidden)
        + A100.attentionForwardSeconds(ElementType.BF16, pairs, TOKENS, heads, size)
        + A100.attentionBackwardSeconds(ElementType.BF16, pairs, TOKENS, heads, size)
        + A100.memoryBoundSeconds("norms, residuals, GELU", 3 * 36.0 * TOKENS * hidden * 2);
  }

  private static double productSeconds(long hidden) {
    return A100.productSeconds(ElementType.BF16, TOKENS, 3 * hidden, hidden)
        + A100.productSeconds(ElementType.BF16, TOKENS, hidden, hidden)
        + A100.productSeconds(ElementType.BF16, TOKENS, 4 * hidden, hidden)
        + A100.productSeconds(ElementType.BF16, TOKENS, hidden, 4 * hidden);
  }
}
