package org.memo.train;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.memo.UserInputException;
import org.memo.collective.Collectives;

/** What the ranks of a run must agree on before the first step. */
record RankAgreement(Collectives collectives) {
  /** Of a text that is exchanged: a data set may have more files than an exchange takes. */
  private static final int MOST_CHARS = 200_000;

  /** The smallest of what the ranks have. */
  long smallest(String what, long mine) {
    return ofAll(what, mine).min().orElse(mine);
  }

  /** The largest of what the ranks have. */
  long largest(String what, long mine) {
    return ofAll(what, mine).max().orElse(mine);
  }

  private LongStream ofAll(String what, long mine) {
    byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(mine).array();
    return collectives.exchange(what, bytes).stream()
        .mapToLong(theirs -> ByteBuffer.wrap(theirs).getLong());
  }

  /** What rank 0 has. */
  String ofLeader(String what, String mine) {
    byte[] told = collectives.rank() == 0 ? bytes(mine) : new byte[0];
    return text(collectives.exchange(what, told).getFirst());
  }

  /**
   * Compares what all ranks must have alike: by digests, as a thousand ranks that showed each other
   * all of it would exchange gigabytes; whole only what differs.
   *
   * @param kinds text of each kind of thing, so that the first line that differs can be told
   * @throws UserInputException on all ranks, that names those that differ, and how
   */
  void requireAlike(Map<String, String> kinds) {
    RankDifferences differences = new RankDifferences();
    kinds.forEach((kind, lines) -> {
      if (texts("digest of the " + kind, FileFingerprint.of(lines)).distinct().count() > 1) {
        differences.compare(kind, texts(kind, bounded(lines)).toList());
      }
    });
    differences.requireNone();
  }

  private Stream<String> texts(String what, String mine) {
    return collectives.exchange(what, bytes(mine)).stream().map(RankAgreement::text);
  }

  static String bounded(String lines) {
    return lines.length() <= MOST_CHARS
        ? lines
        : "%s\n... and more, digest %s"
            .formatted(lines.substring(0, MOST_CHARS), FileFingerprint.of(lines));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
