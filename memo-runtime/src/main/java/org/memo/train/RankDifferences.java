package org.memo.train;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.memo.UserInputException;

/** In what ranks differ that must be alike, for people. */
final class RankDifferences {
  private final List<String> found = new ArrayList<>();

  /**
   * Compares text that each rank brings. What most ranks have counts as right, of equally many what
   * the first of them has.
   */
  void compare(String kind, List<String> ofRanks) {
    String usual =
        Collections.max(
            ofRanks.stream().distinct().toList(),
            (a, b) -> Collections.frequency(ofRanks, a) - Collections.frequency(ofRanks, b));
    List<Integer> others =
        IntStream.range(0, ofRanks.size())
            .filter(rank -> !ofRanks.get(rank).equals(usual))
            .boxed()
            .toList();
    if (!others.isEmpty()) {
      int first = others.getFirst();
      found.add(difference(kind, others, ofRanks.get(first), ofRanks.indexOf(usual), usual));
    }
  }

  private static String difference(
      String kind, List<Integer> ranks, String given, int usualRank, String usual) {
    List<String> lines = given.lines().toList();
    List<String> usualLines = usual.lines().toList();
    int line = 0;
    while (line < Math.min(lines.size(), usualLines.size())
        && lines.get(line).equals(usualLines.get(line))) {
      line++;
    }
    boolean one = ranks.size() == 1;
    return "%s %s another %s than rank %d: %s'%s' where rank %d has '%s'"
        .formatted(
            names(ranks),
            one ? "has" : "have",
            kind,
            usualRank,
            one ? "" : "rank " + ranks.getFirst() + " has ",
            lineOf(lines, line),
            usualRank,
            lineOf(usualLines, line));
  }

  /** {@code rank 3}, or {@code ranks 1, 4-7}. */
  static String names(List<Integer> ranks) {
    List<String> runs = new ArrayList<>();
    for (int i = 0; i < ranks.size(); ) {
      int end = i + 1;
      while (end < ranks.size() && ranks.get(end) == ranks.get(end - 1) + 1) {
        end++;
      }
      int last = ranks.get(end - 1);
      runs.add(end == i + 1 ? "" + last : ranks.get(i) + "-" + last);
      i = end;
    }
    return (ranks.size() == 1 ? "rank " : "ranks ")
        + runs.stream().collect(Collectors.joining(", "));
  }

  private static String lineOf(List<String> lines, int index) {
    return index < lines.size() ? lines.get(index).strip() : "";
  }

  /**
   * @throws UserInputException where any were found
   */
  void requireNone() {
    if (!found.isEmpty()) {
      throw new UserInputException(String.join("; ", found) + "; start all ranks alike");
    }
  }
}
