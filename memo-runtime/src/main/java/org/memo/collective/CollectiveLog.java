package org.memo.collective;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;
import org.memo.op.Collective;

/**
 * What a rank's streams did together with other ranks: the newest of each stream, for messages, and
 * a digest of all of them in order, which is equal on all ranks that run the same program. Devices
 * write it where they run collectives; any thread reads it.
 */
public final class CollectiveLog {
  /** Set to 1 on all ranks, they compare what they did after each step: {@link SequenceCheck}. */
  public static final String DEBUG_VARIABLE = "MEMO_DEBUG_COLLECTIVES";

  private final boolean keeps;
  private final Map<String, Sequence> streams = new TreeMap<>();
  private @Nullable Sequence newest;

  /**
   * @param keeps all collectives until they are compared
   */
  public CollectiveLog(boolean keeps) {
    this.keeps = keeps;
  }

  /**
   * One that keeps what it is told where the environment asks for debugging.
   *
   * @throws UserInputException where it says neither yes nor no
   */
  public static CollectiveLog fromEnvironment() {
    return of(System.getenv(DEBUG_VARIABLE));
  }

  static CollectiveLog of(@Nullable String asked) {
    return switch (asked) {
      case "1" -> new CollectiveLog(true);
      case "0", "" -> new CollectiveLog(false);
      case null -> new CollectiveLog(false);
      default -> throw UserInputException.ofOption(DEBUG_VARIABLE, asked, "1 or 0");
    };
  }

  /** The stream begins the operation, or hands it to a device that runs it later. */
  public synchronized void began(String stream, Collective operation) {
    Sequence sequence = streams.computeIfAbsent(stream, Sequence::new);
    sequence.add(CallText.of(operation), keeps);
    newest = sequence;
  }

  /** What the stream began last has ended. */
  public synchronized void ended(String stream) {
    Sequence sequence = streams.get(stream);
    if (sequence != null) {
      sequence.ended = true;
    }
  }

  /** The newest collective of this rank, with its number on its stream; empty before the first. */
  public synchronized String last() {
    return newest == null ? "" : newest.last();
  }

  /** Whether collectives are kept to be compared. */
  public boolean keeps() {
    return keeps;
  }

  /** For each stream the collectives that were not dropped yet, in order. */
  synchronized Map<String, List<Entry>> kept() {
    Map<String, List<Entry>> kept = new TreeMap<>();
    streams.forEach((stream, sequence) -> kept.put(stream, List.copyOf(sequence.kept)));
    return kept;
  }

  /** Drops the oldest that are kept of a stream. */
  synchronized void drop(String stream, int count) {
    Sequence sequence = streams.get(stream);
    if (sequence != null) {
      sequence.kept.subList(0, count).clear();
    }
  }

  /**
   * A collective.
   *
   * @param number of its stream's, from 1
   * @param digest of the stream up to this one
   */
  record Entry(long number, String text, long digest) {}

  private static final class Sequence {
    private final String stream;
    private final List<Entry> kept = new ArrayList<>();
    private String text = "";
    private long number;
    private long digest;
    private boolean ended;

    Sequence(String stream) {
      this.stream = stream;
    }

    void add(String newText, boolean keep) {
      text = newText;
      number++;
      digest = CallText.digest(digest, newText);
      ended = false;
      if (keep) {
        kept.add(new Entry(number, newText, digest));
      }
    }

    String last() {
      return "%s (number %d on stream %s, %s)"
          .formatted(text, number, stream, ended ? "ended" : "not ended");
    }
  }
}
