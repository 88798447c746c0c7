package org.memo.train;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.memo.collective.Collectives;
import org.memo.collective.SequenceCheck;
import org.memo.data.BatchPart;
import org.memo.step.ParallelLayout;

/**
 * This rank among those that share a run, and what they agree on. One of them leads: it alone
 * speaks, and writes what there is one of.
 *
 * @param timeout how long they wait for one that does not come
 */
record RunRanks(Collectives collectives, ParallelLayout layout, Duration timeout) {

  /**
   * @throws org.memo.UserInputException where the ranks cannot share the work as the options say
   */
  static RunRanks of(Collectives collectives, ParallelOptions options, long queryHeads) {
    return new RunRanks(
        collectives,
        options.layout(collectives.ranks(), Math.toIntExact(queryHeads)),
        options.rankTimeout());
  }

  int rank() {
    return collectives.rank();
  }

  boolean leads() {
    return rank() == 0;
  }

  /** This rank's of the threads that all ranks of this machine have together. */
  int threads(int ofAllRanks) {
    return Math.max(1, ofAllRanks / collectives.localRanks());
  }

  /** The group of this rank, of those that have sequences of their own. */
  int group() {
    return rank() / layout.sequenceParallel();
  }

  /** What this rank has of the tokens of its group's batch. */
  BatchPart part(long batchTokens) {
    return layout.part(rank(), batchTokens);
  }

  RankAgreement agreement() {
    return new RankAgreement(collectives);
  }

  /** Waits for all ranks. */
  void meet(String where) {
    exchange(where, new byte[0]);
  }

  /** Whether it holds on any rank. */
  boolean any(String what, boolean mine) {
    return !where(what, mine).isEmpty();
  }

  /** The ranks on which it holds. */
  List<Integer> where(String what, boolean mine) {
    List<byte[]> all = exchange(what, new byte[] {(byte) (mine ? 1 : 0)});
    return IntStream.range(0, all.size()).filter(rank -> all.get(rank)[0] != 0).boxed().toList();
  }

  /** The sum over the groups of what all ranks of a group have alike, in the order of groups. */
  double sumOverGroups(String what, double mine) {
    List<byte[]> all = exchange(what, ByteBuffer.allocate(Double.BYTES).putDouble(mine).array());
    double sum = 0;
    for (int rank = 0; rank < all.size(); rank += layout.sequenceParallel()) {
      sum += ByteBuffer.wrap(all.get(rank)).getDouble();
    }
    return sum;
  }

  /** Whether this rank's environment asks for it: one that does not would not come to compare. */
  boolean comparesSteps() {
    return collectives.log().keeps();
  }

  /**
   * Compares what the ranks did together in a step, where the environment asks for it.
   *
   * @throws org.memo.collective.LostRankException that names a rank that did something else
   */
  void requireSameCollectives(long step) {
    SequenceCheck.run(collectives, collectives.log(), "of step " + step);
  }

  private List<byte[]> exchange(String what, byte[] mine) {
    return collectives.exchange(what, mine);
  }
}
