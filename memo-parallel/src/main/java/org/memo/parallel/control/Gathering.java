package org.memo.parallel.control;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** An exchange to which some ranks have come and others not yet. Guarded by the hub. */
final class Gathering {
  private final int firstRank;
  private final long number;
  private final String what;
  private final int ranks;
  private final SortedMap<Integer, byte[]> contributions = new TreeMap<>();
  private final Silence waiting;

  /** The first rank has come; it is still to be {@linkplain #add added}. */
  Gathering(int ranks, int firstRank, Message.Contribution first, Silence waiting) {
    this.firstRank = firstRank;
    this.number = first.number();
    this.what = first.what();
    this.ranks = ranks;
    this.waiting = waiting;
  }

  String what() {
    return what;
  }

  Silence waiting() {
    return waiting;
  }

  /** What is wrong with a contribution, as the end of a sentence about its rank. */
  @Nullable String mismatch(Message.Contribution other) {
    if (other.number() == number && other.what().equals(what)) {
      return null;
    }
    return "came to exchange %d, \"%s\", where rank %d came to exchange %d, \"%s\""
        .formatted(other.number(), other.what(), firstRank, number, what);
  }

  void add(int rank, byte[] bytes) {
    contributions.put(rank, bytes);
  }

  List<Integer> missing() {
    return IntStream.range(0, ranks)
        .filter(rank -> !contributions.containsKey(rank))
        .boxed()
        .toList();
  }

  boolean isWhole() {
    return contributions.size() == ranks;
  }

  /** For all ranks, when it is whole. */
  Message.Result result() {
    return new Message.Result(number, List.copyOf(contributions.values()));
  }
}
