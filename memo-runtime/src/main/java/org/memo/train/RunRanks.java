package org.memo.train;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.memo.UserInputException;
import org.memo.collective.Collectives;
import org.memo.data.BatchPart;
import org.memo.step.ParallelLayout;

/**
 * This rank among those that share a run, and what they agree on. One of them leads: it alone
 * speaks, and writes what there is one of.
 */
record RunRanks(Collectives collectives, ParallelLayout layout) {

  /**
   * @throws UserInputException where the ranks cannot be divided into groups of P
   */
  static RunRanks of(Collectives collectives, ParallelOptions options, long queryHeads) {
    int sharing = options.sequenceParallel();
    if (collectives.ranks() % sharing != 0 || sharing > queryHeads) {
      throw new UserInputException(
          "--sequence-parallel is %d; valid is a divisor of the %d ranks, at most the %d query heads"
              .formatted(sharing, collectives.ranks(), queryHeads));
    }
    return new RunRanks(
        collectives, new ParallelLayout(sharing, collectives.ranks() / sharing, options.shard()));
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

  /** Waits for all ranks. */
  void meet(String where) {
    exchange(where, new byte[0]);
  }

  /** Whether it holds on any rank. */
  boolean any(String what, boolean mine) {
    return exchange(what, new byte[] {(byte) (mine ? 1 : 0)}).stream().anyMatch(b -> b[0] != 0);
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

  /**
   * Compares what all ranks must have alike.
   *
   * @param lines of text, so that the first line that differs can be told
   * @throws UserInputException that names a rank that differs, and how
   */
  void requireEqual(String what, String lines) {
    List<byte[]> all = exchange(what, lines.getBytes(StandardCharsets.UTF_8));
    for (int other = 1; other < all.size(); other++) {
      if (!Arrays.equals(all.getFirst(), all.get(other))) {
        throw new UserInputException(
            difference(what, other, text(all.getFirst()), text(all.get(other))));
      }
    }
  }

  private static String difference(String what, int rank, String first, String other) {
    List<String> firstLines = first.lines().toList();
    List<String> otherLines = other.lines().toList();
    int line = 0;
    while (line < Math.min(firstLines.size(), otherLines.size())
        && firstLines.get(line).equals(otherLines.get(line))) {
      line++;
    }
    return "rank %d has another %s than rank 0: '%s' where rank 0 has '%s'; start all ranks alike"
        .formatted(rank, what, lineOf(otherLines, line), lineOf(firstLines, line));
  }

  private static String lineOf(List<String> lines, int index) {
    return index < lines.size() ? lines.get(index).strip() : "";
  }

  private static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private List<byte[]> exchange(String what, byte[] mine) {
    return collectives.exchange(what, mine);
  }
}
