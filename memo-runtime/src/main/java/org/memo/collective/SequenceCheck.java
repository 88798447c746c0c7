package org.memo.collective;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Whether all ranks did the same collectives in the same order, told from their logs. Streams may
 * still be at work: what all ranks have done is compared.
 */
public final class SequenceCheck {
  /** At once: those of some ten streams are no more than an exchange takes. */
  static final int MOST_OF_STREAM = 4096;

  private SequenceCheck() {}

  /**
   * Compares what was not compared yet, where the logs keep it. All ranks call it together.
   *
   * @param log of this rank
   * @throws LostRankException that names the first rank that differs from rank 0, the stream, the
   *     number of the collective and both of them
   */
  public static void run(Collectives collectives, CollectiveLog log, String when) {
    if (!log.keeps()) {
      return;
    }
    boolean more = true;
    while (more) {
      more = compareNext(collectives, log, when);
    }
  }

  /** Compares at most so many of each stream; whether there may be more of one on all ranks. */
  private static boolean compareNext(Collectives collectives, CollectiveLog log, String when) {
    Map<String, List<CollectiveLog.Entry>> mine = log.kept();
    List<Map<String, long[]>> digests =
        collectives.exchange("digests of the collectives " + when, encode(mine)).stream()
            .map(SequenceCheck::decode)
            .toList();
    boolean more = false;
    for (String stream : streams(digests)) {
      int common = digests.stream().mapToInt(rank -> of(rank, stream).length).min().orElse(0);
      for (int at = 0; at < common; at++) {
        int other = firstThatDiffers(digests, stream, at);
        if (other > 0) {
          throw differs(collectives, other, stream, mine.getOrDefault(stream, List.of()).get(at));
        }
      }
      log.drop(stream, common);
      more |= common == MOST_OF_STREAM;
    }
    return more;
  }

  private static int firstThatDiffers(List<Map<String, long[]>> digests, String stream, int at) {
    for (int rank = 1; rank < digests.size(); rank++) {
      if (of(digests.get(rank), stream)[at] != of(digests.getFirst(), stream)[at]) {
        return rank;
      }
    }
    return -1;
  }

  /** Every rank finds the same difference, so all of them tell what they did there. */
  private static LostRankException differs(
      Collectives collectives, int other, String stream, CollectiveLog.Entry mine) {
    List<byte[]> texts =
        collectives.exchange(
            "collectives that differ", mine.text().getBytes(StandardCharsets.UTF_8));
    return new LostRankException(
        other,
        "rank %d does %s as number %d on stream %s where rank 0 does %s"
            .formatted(
                other, text(texts.get(other)), mine.number(), stream, text(texts.getFirst())),
        null);
  }

  private static TreeSet<String> streams(List<Map<String, long[]>> digests) {
    TreeSet<String> names = new TreeSet<>();
    digests.forEach(rank -> names.addAll(rank.keySet()));
    return names;
  }

  private static long[] of(Map<String, long[]> rank, String stream) {
    return rank.getOrDefault(stream, new long[0]);
  }

  /** A line for each stream: its name, a tab, and its digests. */
  private static byte[] encode(Map<String, List<CollectiveLog.Entry>> kept) {
    StringBuilder lines = new StringBuilder();
    kept.forEach((stream, entries) -> {
      lines.append(stream).append('\t');
      entries.stream()
          .limit(MOST_OF_STREAM)
          .forEach(entry -> lines.append(Long.toHexString(entry.digest())).append(' '));
      lines.append('\n');
    });
    return lines.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static Map<String, long[]> decode(byte[] encoded) {
    Map<String, long[]> digests = new TreeMap<>();
    for (String line : text(encoded).lines().toList()) {
      int tab = line.indexOf('\t');
      long[] ofStream =
          Arrays.stream(line.substring(tab + 1).split(" "))
              .filter(hex -> !hex.isEmpty())
              .mapToLong(hex -> Long.parseUnsignedLong(hex, 16))
              .toArray();
      digests.put(line.substring(0, tab), ofStream);
    }
    return digests;
  }

  private static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
