package org.memo.data;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.memo.UserInputException;

/** The windows of token files: what a model is shown at a time. Immutable. */
public final class TokenWindows {
  /** The target of a position that does not count in the loss. */
  public static final int NOT_COUNTED = -1;

  private final List<TokenFile> files;
  private final long sequenceLength;

  /** The first window of each file, and behind them the number of windows. */
  private final long[] firstWindows;

  TokenWindows(List<TokenFile> files, long sequenceLength) {
    this.files = files;
    this.sequenceLength = sequenceLength;
    this.firstWindows = new long[files.size() + 1];
    for (int i = 0; i < files.size(); i++) {
      firstWindows[i + 1] = firstWindows[i] + windowsOf(files.get(i));
    }
  }

  private long windowsOf(TokenFile file) {
    if (file.numTokens() <= sequenceLength) {
      throw new UserInputException(
          "%s has %d tokens, but a window of --sequence-length %d needs %d"
              .formatted(file.path(), file.numTokens(), sequenceLength, sequenceLength + 1));
    }
    return (file.numTokens() - 1) / sequenceLength;
  }

  /** The number of windows. */
  public long count() {
    return firstWindows[files.size()];
  }

  /** S, the inputs of a window. */
  public long sequenceLength() {
    return sequenceLength;
  }

  /** How many positions of the window have a target that counts. */
  public long countedTargets(long window) {
    int file = fileOf(window);
    long start = startOf(file, window);
    return files.get(file).countTargets(start + 1, start + sequenceLength + 1);
  }

  /**
   * Reads a part of some windows one behind the other: T tokens, of N = windows * S. Padding
   * follows the N tokens where the parts take it: a segment of its own, token 0, that does not
   * count.
   *
   * @param windows their numbers, each in [0, {@link #count})
   * @param inputs [T] int32, filled with token ids
   * @param targets [T] int32, filled with the token after each input, or {@link #NOT_COUNTED} where
   *     the mask says so or that token starts a document
   * @param positions [T] int32, filled with each token's position in its segment
   * @param segmentOffsets at least [parts * T + 1] int64; the first numSegments + 1 are filled: the
   *     first token of each segment of all parts, the first 0, and parts * T
   */
  public BatchShape read(
      long[] windows,
      BatchPart part,
      MemorySegment inputs,
      MemorySegment targets,
      MemorySegment positions,
      MemorySegment segmentOffsets) {
    long all = windows.length * sequenceLength;
    long tokens = part.tokens(all);
    long first = part.index() * tokens;
    long numSegments = 0;
    long counted = 0;
    for (int i = 0; i < windows.length; i++) {
      int fileIndex = fileOf(windows[i]);
      long windowStart = i * sequenceLength;
      Run run =
          new Run(
              files.get(fileIndex),
              startOf(fileIndex, windows[i]),
              Math.clamp(first - windowStart, 0, sequenceLength),
              Math.clamp(first + tokens - windowStart, 0, sequenceLength),
              windowStart - first);
      if (run.from() < run.to()) {
        run.fillInputs(inputs);
        run.fillTargets(targets);
      }
      numSegments = fillSegments(run, windowStart, numSegments, positions, segmentOffsets);
      counted += countedTargets(windows[i]);
    }
    segmentOffsets.setAtIndex(JAVA_LONG, numSegments, all);
    for (long i = Math.max(all, first); i < first + tokens; i++) {
      inputs.setAtIndex(JAVA_INT, i - first, 0);
      targets.setAtIndex(JAVA_INT, i - first, NOT_COUNTED);
      positions.setAtIndex(JAVA_INT, i - first, 0);
    }
    if (part.parts() * tokens > all) {
      segmentOffsets.setAtIndex(JAVA_LONG, ++numSegments, part.parts() * tokens);
    }
    return new BatchShape(numSegments, counted);
  }

  /**
   * What a part has of a window.
   *
   * @param start of the window in the file
   * @param from the first token of the window that the part has
   * @param to behind the last; {@code from} where it has none
   * @param base where the part would have the window's first token
   */
  private record Run(TokenFile file, long start, long from, long to, long base) {
    void fillInputs(MemorySegment inputs) {
      file.read(start + from, to - from, inputs, base + from);
    }

    void fillTargets(MemorySegment targets) {
      file.read(start + from + 1, to - from, targets, base + from);
      file.mask().apply(start + from + 1, to - from, targets, base + from);
      DocumentStarts documents = file.documents();
      long end = documents.indexFrom(start + to + 1);
      for (long d = documents.indexFrom(start + from + 1); d < end; d++) {
        targets.setAtIndex(JAVA_INT, base + documents.start(d) - start - 1, NOT_COUNTED);
      }
    }

    /** The positions of what the part has of a segment of the window. */
    void fillPositions(long segmentStart, long segmentEnd, MemorySegment positions) {
      long end = Math.min(segmentEnd, to);
      for (long i = Math.max(segmentStart, from); i < end; i++) {
        positions.setAtIndex(JAVA_INT, base + i, Math.toIntExact(i - segmentStart));
      }
    }
  }

  private int fileOf(long window) {
    if (window < 0 || window >= count()) {
      throw new IndexOutOfBoundsException("window=%d count=%d".formatted(window, count()));
    }
    int found = Arrays.binarySearch(firstWindows, window);
    return found >= 0 ? found : -found - 2;
  }

  private long startOf(int file, long window) {
    return (window - firstWindows[file]) * sequenceLength;
  }

  /** Returns the number of segments up to and with this window's. */
  private long fillSegments(
      Run run,
      long windowStart,
      long numSegments,
      MemorySegment positions,
      MemorySegment segmentOffsets) {
    DocumentStarts documents = run.file().documents();
    long nextDocument = documents.indexFrom(run.start() + 1);
    long segmentStart = 0;
    while (segmentStart < sequenceLength) {
      long segmentEnd = sequenceLength;
      if (nextDocument < documents.count()) {
        segmentEnd = Math.min(segmentEnd, documents.start(nextDocument++) - run.start());
      }
      segmentOffsets.setAtIndex(JAVA_LONG, numSegments++, windowStart + segmentStart);
      run.fillPositions(segmentStart, segmentEnd, positions);
      segmentStart = segmentEnd;
    }
    return numSegments;
  }
}
