package org.memo.layer;

import java.util.ArrayList;
import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.planner.cost.ElementType;

/**
 * A run of tokens that a token-wise segment handles at once, so that its temporaries are the size
 * of a tile and not of the sequence.
 *
 * @param start the first token
 * @param swapped whether what the tile leaves for the backward pass is swapped; otherwise it is
 *     computed again
 */
public record TokenTile(long start, long tokens, boolean swapped) {

  /**
   * Cuts {@code tokens} into tiles of at most {@code tileTokens}, none of which is swapped in part:
   * the leading {@code swappedTokens} are swapped, the rest recomputed.
   */
  public static List<TokenTile> cut(long tokens, long swappedTokens, long tileTokens) {
    List<TokenTile> tiles = new ArrayList<>();
    for (long start = 0; start < tokens; ) {
      boolean swapped = start < swappedTokens;
      long end = swapped ? swappedTokens : tokens;
      long count = Math.min(tileTokens, end - start);
      tiles.add(new TokenTile(start, count, swapped));
      start += count;
    }
    return List.copyOf(tiles);
  }

  /** This tile's rows of {@code all} [T, width]. */
  public DeviceRegion rows(DeviceRegion all, long width, ElementType type) {
    return all.elements(type, Math.multiplyExact(start, width), elements(width));
  }

  /** The first rows of {@code workspace} [at least this tile's tokens, width]. */
  public DeviceRegion first(DeviceRegion workspace, long width, ElementType type) {
    return workspace.elements(type, 0, elements(width));
  }

  /** This tile's entries of {@code all} [T] i32. */
  public DeviceRegion ints(DeviceRegion all) {
    return all.slice(start * Integer.BYTES, tokens * Integer.BYTES);
  }

  /** The elements of this tile's rows of a width. */
  public long elements(long width) {
    return Math.multiplyExact(tokens, width);
  }

  /** The bytes of this tile's rows of a width. */
  public long bytes(long width, ElementType type) {
    return Math.multiplyExact(elements(width), type.bytes());
  }
}
