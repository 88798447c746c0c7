package org.memo.parallel.launch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An exchange to which some ranks have come and others not yet. Guarded by the hub. */
final class Gathering {
  private final int firstRank;
  private final long number;
  private final String what;
  private final byte @Nullable [][] contributions;
  private final Silence waiting;

  /** The first rank has come; it is still to be {@linkplain #add added}. */
  Gathering(int ranks, int firstRank, Message.Contribution first, Silence waiting) {
    this.firstRank = firstRank;
    this.number = first.number();
    this.what = first.what();
    this.contributions = new byte[ranks][];
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
    contributions[rank] = bytes;
  }

  List<Integer> missing() {
    List<Integer> missing = new ArrayList<>();
    for (int rank = 0; rank < contributions.length; rank++) {
      if (contributions[rank] == null) {
        missing.add(rank);
      }
    }
    return missing;
  }

  /** For all ranks, when none is missing. */
  Message.Result result() {
    return new Message.Result(number, List.of(present()));
  }

  private byte[][] present() {
    return Arrays.stream(contributions).toArray(byte[][]::new);
  }
}
