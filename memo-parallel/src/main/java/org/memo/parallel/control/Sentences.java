package org.memo.parallel.control;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.memo.collective.LostRankException;

/** The words for what happens to ranks. */
final class Sentences {
  private static final int MOST_RANKS = 8;

  private Sentences() {}

  /** What happened to a rank, and what it did last as far as that is known. */
  static String of(int rank, String how, String lastOperation) {
    String last = lastOperation.isEmpty() ? "" : "; its last operation: " + lastOperation;
    return "rank %d %s%s".formatted(rank, how, last);
  }

  static LostRankException lost(int rank, String how, String lastOperation) {
    return new LostRankException(rank, of(rank, how, lastOperation), null);
  }

  static String silent(Duration silence) {
    return "was not heard for " + inSeconds(silence);
  }

  /** "rank 3", or "ranks 3, 4 and 9 more". */
  static String ranks(List<Integer> ranks) {
    String named =
        ranks.stream().limit(MOST_RANKS).map(String::valueOf).collect(Collectors.joining(", "));
    String more =
        ranks.size() <= MOST_RANKS ? "" : " and %d more".formatted(ranks.size() - MOST_RANKS);
    return (ranks.size() == 1 ? "rank " : "ranks ") + named + more;
  }

  /** Rounded to tenths. */
  static String inSeconds(Duration duration) {
    long tenths = Math.round(duration.toMillis() / 100.0);
    return tenths % 10 == 0 ? "%d s".formatted(tenths / 10) : "%s s".formatted(tenths / 10.0);
  }
}
