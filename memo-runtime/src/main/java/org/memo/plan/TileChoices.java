package org.memo.plan;

import java.util.List;

/**
 * What a step's tiles are chosen from.
 *
 * @param tileTokens the largest first
 * @param logitsBytes what a chunk's logits may take
 */
public record TileChoices(List<Long> tileTokens, long logitsBytes) {
  /** Within a processor's caches and a small slab. */
  public static final TileChoices HOST =
      new TileChoices(List.of(1024L, 512L, 256L, 128L, 64L), 64L << 20);

  /** Products of fewer rows leave a GPU's multiprocessors idle. */
  public static final TileChoices GPU = new TileChoices(List.of(16384L, 4096L, 1024L), 512L << 20);

  private static final long SMALLEST_LOSS_CHUNK = 16;

  public TileChoices {
    tileTokens = List.copyOf(tileTokens);
  }

  /** How many tokens the loss handles at once beside tiles of this size. */
  long lossTokens(long tileTokens, long logitsRowBytes) {
    return Math.min(tileTokens, Math.max(SMALLEST_LOSS_CHUNK, logitsBytes / logitsRowBytes));
  }
}
