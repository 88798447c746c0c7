package org.memo.step;

import java.util.ArrayList;
import java.util.List;
import org.memo.data.BatchPart;
import org.memo.data.TokenRun;
import org.memo.op.RingBlock;

/**
 * How a job's ranks share its work. Where states are shared, all {@code W = P * D} ranks share
 * them.
 *
 * <p>P ranks share a sequence: R places of a ring ({@link org.memo.op.RingBlock}) of {@code U = P /
 * R} consecutive ranks each. A place's ranks each hold a U-th of its tokens and, in attention, of
 * the heads (Ulysses); keys and values go around the ring.
 *
 * @param sequenceParallel P
 * @param ring R, a divisor of P; 1 where heads alone are shared
 * @param dataParallel D: groups of P ranks, each with sequences of its own
 * @param shard what of the model's states is spread over the ranks
 */
public record ParallelLayout(int sequenceParallel, int ring, int dataParallel, ShardLevel shard) {
  /** One rank with everything. */
  public static final ParallelLayout SINGLE = new ParallelLayout(1, 1, ShardLevel.NONE);

  public ParallelLayout {
    if (sequenceParallel < 1 || dataParallel < 1 || ring < 1 || sequenceParallel % ring != 0) {
      throw new IllegalArgumentException(
          "sequenceParallel=%d dataParallel=%d ring=%d: all must be at least 1, and the ring divide the first"
              .formatted(sequenceParallel, dataParallel, ring));
    }
  }

  /** Without a ring. */
  public ParallelLayout(int sequenceParallel, int dataParallel, ShardLevel shard) {
    this(sequenceParallel, 1, dataParallel, shard);
  }

  /** U: the ranks of a place, which share the heads. */
  public int ulysses() {
    return sequenceParallel / ring;
  }

  /**
   * The tokens that each of the ranks holds that share so many, the last ones padded. The tokens of
   * a ring's place are two equal chunks.
   */
  public long tokensOfRank(long sharedTokens) {
    long tokens = Math.ceilDiv(sharedTokens, sequenceParallel);
    boolean evenPlaces = ring == 1 || tokens * ulysses() % 2 == 0;
    return evenPlaces ? tokens : tokens + 1;
  }

  /**
   * The tokens that a rank holds of those that it shares: of the place's two chunks ({@link
   * RingBlock}), which lie one behind the other, its U-th.
   */
  public BatchPart part(int rank, long sharedTokens) {
    long tokens = tokensOfRank(sharedTokens);
    long first = rank % ulysses() * tokens;
    long all = sequenceParallel * tokens;
    if (ring == 1) {
      return new BatchPart(all, List.of(new TokenRun(first, tokens)));
    }
    int place = place(rank);
    RingBlock own = new RingBlock(ulysses() * tokens / 2, ring, place, place);
    List<TokenRun> runs = new ArrayList<>();
    addRun(runs, own.firstChunk(place), own.chunkTokens(), first, tokens);
    addRun(runs, own.secondChunk(place), own.chunkTokens(), first - own.chunkTokens(), tokens);
    return new BatchPart(all, runs);
  }

  /** Adds what a run from {@code first} on, counted in a chunk, has of the chunk. */
  private static void addRun(
      List<TokenRun> runs, long chunkStart, long chunkTokens, long first, long tokens) {
    long from = Math.clamp(first, 0, chunkTokens);
    long to = Math.clamp(first + tokens, 0, chunkTokens);
    if (from < to) {
      runs.add(new TokenRun(chunkStart + from, to - from));
    }
  }

  /** The place in the ring of a rank. */
  public int place(int rank) {
    return rank % sequenceParallel / ulysses();
  }

  /** W: all ranks. */
  public int ranks() {
    return Math.multiplyExact(sequenceParallel, dataParallel);
  }
}
