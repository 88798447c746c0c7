package org.memo.train;

import org.memo.step.ShardLevel;

/**
 * How ranks share the work.
 *
 * @param sequenceParallel P: ranks that share a sequence
 * @param shard what of the model's states each holds a share of
 */
public record ParallelOptions(int sequenceParallel, ShardLevel shard) {
  public ParallelOptions {
    OptionText.require(
        sequenceParallel >= 1, "sequence-parallel", sequenceParallel, "1 rank or more");
  }
}
