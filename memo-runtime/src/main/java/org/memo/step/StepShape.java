package org.memo.step;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.layer.TokenTile;
import org.memo.layer.TransformerLayer;
import org.memo.model.ModelConfig;
import org.memo.op.HeadLayout;
import org.memo.planner.cost.ElementType;

/**
 * The sizes of a rank's activations.
 *
 * @param tokens T: the rank's
 * @param heads of a row of queries, keys and values
 * @param attending the rank's rows in attention: U T tokens of its place, its share of the heads
 */
record StepShape(
    ElementType type,
    long tokens,
    List<TokenTile> tiles,
    long swappedTokens,
    long hidden,
    long qkvWidth,
    long attentionWidth,
    HeadLayout heads,
    AttentionRows attending,
    long keptWidth,
    long actWidth) {

  static StepShape of(StepSettings settings, TransformerLayer layer, ModelConfig config) {
    HeadLayout heads =
        HeadLayout.queriesKeysValues(config.numHeads(), config.numKvHeads(), config.headDim());
    HeadLayout local = heads.local(settings.ranks().ulysses());
    return new StepShape(
        settings.type(),
        settings.tokens(),
        settings.tiles(),
        settings.swappedTokens(),
        layer.hidden(),
        layer.qkvWidth(),
        layer.attentionWidth(),
        heads,
        new AttentionRows(
            settings.placeTokens(),
            local.queryHeads(),
            local.kvHeads(),
            local.headDim(),
            settings.type()),
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

  /** The part of an attention's memory that holds its output [T, H D]. */
  DeviceRegion attentionOut(DeviceRegion attention) {
    return attention.slice(0, attentionOutBytes());
  }

  /** The part that holds the log-sum-exp of the rank's heads over its place's tokens. */
  DeviceRegion logSumExp(DeviceRegion attention) {
    return attention.slice(attentionOutBytes(), attending.statisticsBytes());
  }

  /** The attention's output and its log-sum-exp. */
  long attentionBytes() {
    return attentionOutBytes() + attending.statisticsBytes();
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
