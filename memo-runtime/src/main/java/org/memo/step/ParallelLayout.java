package org.memo.step;

/**
 * How a job's ranks share its work. Where states are shared, all {@code W = P * D} ranks share
 * them.
 *
 * @param sequenceParallel P: ranks that share a sequence (Ulysses): each holds a P-th of the tokens
 *     and, in attention, of the heads
 * @param dataParallel D: groups of P ranks, each with sequences of its own
 * @param shard what of the model's states is spread over the ranks
 */
public record ParallelLayout(int sequenceParallel, int dataParallel, ShardLevel shard) {
  /** One rank with everything. */
  public static final ParallelLayout SINGLE = new ParallelLayout(1, 1, ShardLevel.NONE);

  public ParallelLayout {
    if (sequenceParallel < 1 || dataParallel < 1) {
      throw new IllegalArgumentException(
          "sequenceParallel=%d dataParallel=%d: both must be at least 1"
              .formatted(sequenceParallel, dataParallel));
    }
  }

  /** The tokens that each of the ranks holds that share so many, the last ones padded. */
  public long tokensOfRank(long sharedTokens) {
    return Math.ceilDiv(sharedTokens, sequenceParallel);
  }

  /** W: all ranks. */
  public int ranks() {
    return Math.multiplyExact(sequenceParallel, dataParallel);
  }
}
