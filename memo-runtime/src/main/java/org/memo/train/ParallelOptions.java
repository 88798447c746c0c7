package org.memo.train;

import org.memo.step.ShardLevel;

/**
 * How ranks share the work.
 *
 * @param sequenceParallel P: ranks that share a sequence
 * @param shard what of the model's states each holds a share of
 */
public record ParallelOptions(int sequenceParallel, ShardLevel shard) {
  /** Each is a thread or a process, and all of them are started before the model is read. */
  private static final int MAX_RANKS = 1024;

  public ParallelOptions {
    OptionText.require(
        sequenceParallel >= 1 && sequenceParallel <= MAX_RANKS,
        "sequence-parallel",
        sequenceParallel,
        "1 to %d ranks".formatted(MAX_RANKS));
  }
}
