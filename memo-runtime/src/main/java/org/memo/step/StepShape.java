package org.memo.step;

import java.util.List;
import org.memo.layer.TokenTile;
import org.memo.layer.TransformerLayer;

/** The sizes of a step's activations. All in f32. */
record StepShape(
    long tokens,
    List<TokenTile> tiles,
    long swappedTokens,
    long hidden,
    long qkvWidth,
    long attentionWidth,
    long heads,
    long keptWidth,
    long actWidth) {

  static StepShape of(StepSettings settings, TransformerLayer layer, long heads) {
    return new StepShape(
        settings.tokens(),
        settings.tiles(),
        settings.swappedTokens(),
        layer.hidden(),
        layer.qkvWidth(),
        layer.attentionWidth(),
        heads,
        layer.keptWidth(),
        layer.actWidth());
  }

  /** Of [T, width]. */
  long bytes(long width) {
    return Math.multiplyExact(Math.multiplyExact(tokens, width), Float.BYTES);
  }

  long inputBytes() {
    return bytes(hidden);
  }

  long qkvBytes() {
    return bytes(qkvWidth);
  }

  long swappedQkvBytes() {
    return swappedTokens * qkvWidth * Float.BYTES;
  }

  /** The attention's output and its log-sum-exp. */
  long attentionBytes() {
    return bytes(attentionWidth + heads);
  }

  /** The swapped tiles lead. */
  List<TokenTile> swappedTiles() {
    return tiles.stream().filter(TokenTile::swapped).toList();
  }

  /** What the swapped tiles of a layer keep. */
  long swappedKeptBytes() {
    return swappedTokens * keptWidth * Float.BYTES;
  }

  /** What the largest swapped tile keeps; 0 where no tile is swapped. */
  long swappedTileBytes() {
    return swappedTiles().stream().mapToLong(tile -> tile.bytes(keptWidth)).max().orElse(0);
  }

  /** What the largest recomputed tile keeps; 0 where every tile is swapped. */
  long recomputedKeptBytes() {
    return tiles.stream()
        .filter(tile -> !tile.swapped())
        .mapToLong(tile -> tile.bytes(keptWidth))
        .max()
        .orElse(0);
  }

  /** Of rows of a width, for the largest tile. */
  long tileBytes(long width) {
    return tiles.stream().mapToLong(tile -> tile.bytes(width)).max().orElse(0);
  }
}
