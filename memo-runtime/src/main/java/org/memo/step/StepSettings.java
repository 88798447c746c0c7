package org.memo.step;

import java.util.List;
import org.memo.layer.TokenTile;

/**
 * How a step is laid out over time and memory. None of it changes what the step computes.
 *
 * @param batchSize B: windows of a micro-batch
 * @param sequenceLength S: tokens of a window
 * @param swappedTokens of the T tokens, the leading ones whose skeletal activations are swapped:
 *     alpha T; the others are recomputed
 * @param tileTokens how many tokens a token-wise segment handles at once; T gives the paper's
 *     layout
 * @param tileSlots rounding buffers for tiles, 2 or more
 * @param residentLayers the last layers, of which everything stays in the slab
 * @param lossTokens how many tokens the loss handles at once
 */
public record StepSettings(
    long batchSize,
    long sequenceLength,
    long swappedTokens,
    long tileTokens,
    int tileSlots,
    int residentLayers,
    long lossTokens) {

  public StepSettings {
    requirePositive("batchSize", batchSize);
    requirePositive("sequenceLength", sequenceLength);
    requirePositive("tileTokens", tileTokens);
    requirePositive("lossTokens", lossTokens);
    if (swappedTokens < 0 || swappedTokens > Math.multiplyExact(batchSize, sequenceLength)) {
      throw new IllegalArgumentException("swappedTokens=" + swappedTokens + " is not in [0, T]");
    }
    if (tileSlots < 2 || residentLayers < 0) {
      throw new IllegalArgumentException(
          "tileSlots=" + tileSlots + " residentLayers=" + residentLayers);
    }
  }

  /** T = B * S. */
  public long tokens() {
    return Math.multiplyExact(batchSize, sequenceLength);
  }

  /** The tiles of the token-wise segments, in the order of tokens. */
  public List<TokenTile> tiles() {
    return TokenTile.cut(tokens(), swappedTokens, tileTokens);
  }

  private static void requirePositive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + "=" + value + " is not positive");
    }
  }
}
