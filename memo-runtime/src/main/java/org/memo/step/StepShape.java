package org.memo.step;

import java.util.List;
import org.memo.layer.TokenTile;
import org.memo.layer.TransformerLayer;
import org.memo.model.ModelConfig;
import org.memo.op.HeadLayout;
import org.memo.planner.cost.ElementType;

/**
 * The sizes of a rank's activations.
 *
 * @param tokens T: the rank's
 * @param attendedTokens of all ranks of its sequence: P T
 * @param heads H
 * @param attendingHeads ceil(H / P): the rank's query heads in attention
 * @param attendingKvHeads the key and value heads that go with them
 */
record StepShape(
    ElementType type,
    long tokens,
    long attendedTokens,
    List<TokenTile> tiles,
    long swappedTokens,
    long hidden,
    long qkvWidth,
    long attentionWidth,
    long heads,
    long kvHeads,
    long headDim,
    long attendingHeads,
    long attendingKvHeads,
    long keptWidth,
    long actWidth) {

  static StepShape of(StepSettings settings, TransformerLayer layer, ModelConfig config) {
    HeadLayout local =
        HeadLayout.queriesKeysValues(config.numHeads(), config.numKvHeads(), config.headDim())
            .local(settings.ranks().sequenceParallel());
    return new StepShape(
        settings.type(),
        settings.tokens(),
        settings.attendedTokens(),
        settings.tiles(),
        settings.swappedTokens(),
        layer.hidden(),
        layer.qkvWidth(),
        layer.attentionWidth(),
        config.numHeads(),
        config.numKvHeads(),
        config.headDim(),
        local.queryHeads(),
        local.kvHeads(),
        layer.keptWidth(),
        layer.actWidth());
  }

  /** Of [T, width]. */
  long bytes(long width) {
    return Math.multiplyExact(Math.multiplyExact(tokens, width), type.bytes());
  }

  long inputBytes() {
    return bytes(hidden);
  }

  long qkvBytes() {
    return bytes(qkvWidth);
  }

  /** Of the swapped tokens' rows of a width. */
  long swappedBytes(long width) {
    return Math.multiplyExact(Math.multiplyExact(swappedTokens, width), type.bytes());
  }

  long attentionOutBytes() {
    return bytes(attentionWidth);
  }

  /** [ceil(H / P), P T] f32: log-sum-exp and row sums. */
  long rowStatisticsBytes() {
    return Math.multiplyExact(
        Math.multiplyExact(attendedTokens, attendingHeads), (long) Float.BYTES);
  }

  /** The attention's output and its log-sum-exp. */
  long attentionBytes() {
    return attentionOutBytes() + rowStatisticsBytes();
  }

  /** What all tiles of a layer keep. */
  long keptBytes() {
    return bytes(keptWidth);
  }

  /** What the largest of some tiles keeps; 0 where there are none. */
  long largestKeptBytes(boolean ofSwapped) {
    return tiles.stream()
        .filter(tile -> tile.swapped() == ofSwapped)
        .mapToLong(tile -> tile.bytes(keptWidth, type))
        .max()
        .orElse(0);
  }

  /** How many tiles of a layer are swapped; they lead. */
  long swappedTiles() {
    return tiles.stream().filter(TokenTile::swapped).count();
  }

  /** Of rows of a width, for the largest tile. */
  long tileBytes(long width) {
    return tiles.stream().mapToLong(tile -> tile.bytes(width, type)).max().orElse(0);
  }
}
