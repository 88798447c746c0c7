package org.memo.step;

import java.util.ArrayList;
import java.util.List;
import org.memo.model.ParameterLayout;
import org.memo.model.ParameterLayout.Block;

/**
 * The units in which the ranks share a model's matrices: the embeddings, each layer, and the head
 * where it is not tied. A unit is padded so that each of W ranks holds an equal shard; with one
 * rank nothing is padded and units lie as in the {@link ParameterLayout}. Vectors are few: every
 * rank holds them whole.
 *
 * @param units in the order of the forward pass
 * @param vectorStart where the vectors start in the layout
 * @param vectorElements of all vectors
 */
record StateUnits(int ranks, List<Unit> units, long vectorStart, long vectorElements) {

  /**
   * One unit's matrices.
   *
   * @param start where they start in the layout
   * @param elements of all of them
   * @param shardStart where the rank's share starts in a vector of shards
   * @param shardElements of a rank
   */
  record Unit(long start, long elements, long shardStart, long shardElements) {
    /** What of the unit a rank holds, without padding. */
    Share share(int rank) {
      long before = Math.min(elements, rank * shardElements);
      return new Share(start + before, shardStart, Math.min(elements - before, shardElements));
    }
  }

  /**
   * A run of elements that a rank holds.
   *
   * @param start where it starts in the layout
   * @param localStart where it starts in the rank's vectors
   */
  record Share(long start, long localStart, long elements) {}

  StateUnits {
    units = List.copyOf(units);
  }

  static StateUnits of(ParameterLayout layout, int ranks) {
    List<Long> starts = new ArrayList<>();
    starts.add(0L);
    layout.layers().forEach(layer -> starts.add(layer.qkv().offsetElements()));
    if (!isTied(layout)) {
      starts.add(layout.head().offsetElements());
    }
    starts.add(layout.matrixElements());
    List<Unit> units = new ArrayList<>();
    long shardStart = 0;
    for (int i = 0; i + 1 < starts.size(); i++) {
      long elements = starts.get(i + 1) - starts.get(i);
      long shard = shardElements(elements, ranks);
      units.add(new Unit(starts.get(i), elements, shardStart, shard));
      shardStart += shard;
    }
    return new StateUnits(
        ranks, units, layout.matrixElements(), layout.elements() - layout.matrixElements());
  }

  /** The rank's share of all matrices. */
  long shardElements() {
    Unit last = units.getLast();
    return last.shardStart() + last.shardElements();
  }

  /** Of a unit, padded. */
  long wholeElements(int unit) {
    return ranks * units.get(unit).shardElements();
  }

  /** All that a rank holds of the layout's vector. */
  List<Share> shares(int rank) {
    List<Share> shares = new ArrayList<>();
    units.forEach(unit -> shares.add(unit.share(rank)));
    shares.add(new Share(vectorStart, shardElements(), vectorElements));
    return shares;
  }

  /** What of all that a rank holds no rank before it holds. */
  List<Share> ownShares(int rank) {
    List<Share> shares = shares(rank);
    return rank == 0 ? shares : shares.subList(0, shares.size() - 1); // but for the vectors
  }

  boolean isVector(Block block) {
    return block.offsetElements() >= vectorStart;
  }

  private static boolean isTied(ParameterLayout layout) {
    return layout.head().offsetElements() == layout.tokenEmbedding().offsetElements();
  }

  private static long shardElements(long elements, int ranks) {
    long align = ParameterLayout.ALIGNMENT_ELEMENTS;
    return Math.ceilDiv(Math.ceilDiv(elements, ranks), align) * align;
  }
}
