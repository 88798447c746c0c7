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
   * Reads windows one behind the other; T = windows * S tokens.
   *
   * @param windows their numbers, each in [0, {@link #count})
   * @param inputs [T] int32, filled with token ids
   * @param targets [T] int32, filled with the token after each input, or {@link #NOT_COUNTED} where
   *     the mask says so or that token starts a document
   * @param positions [T] int32, filled with each token's position in its segment
   * @param segmentOffsets at least [T + 1] int64; the first numSegments + 1 are filled: the first
   *     token of each segment, the first 0, and T
   */
  public BatchShape read(
      long[] windows,
      MemorySegment inputs,
      MemorySegment targets,
      MemorySegment positions,
      MemorySegment segmentOffsets) {
    long numSegments = 0;
    long counted = 0;
    for (int i = 0; i < windows.length; i++) {
      int fileIndex = fileOf(windows[i]);
      TokenFile file = files.get(fileIndex);
      long start = startOf(fileIndex, windows[i]);
      long base = i * sequenceLength;
      file.read(start, sequenceLength, inputs, base);
      counted += fillTargets(file, start, base, targets);
      numSegments = fillSegments(file, start, base, numSegments, positions, segmentOffsets);
    }
    segmentOffsets.setAtIndex(JAVA_LONG, numSegments, windows.length * sequenceLength);
    return new BatchShape(numSegments, counted);
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

  private long fillTargets(TokenFile file, long start, long base, MemorySegment targets) {
    file.read(start + 1, sequenceLength, targets, base);
    file.mask().apply(start + 1, sequenceLength, targets, base);
    DocumentStarts documents = file.documents();
    long end = documents.indexFrom(start + sequenceLength + 1);
    for (long d = documents.indexFrom(start + 1); d < end; d++) {
      targets.setAtIndex(JAVA_INT, base + documents.start(d) - start - 1, NOT_COUNTED);
    }
    return file.countTargets(start + 1, start + sequenceLength + 1);
  }

  /** Returns the number of segments up to and with this window's. */
  private long fillSegments(
      TokenFile file,
      long start,
      long base,
      long numSegments,
      MemorySegment positions,
      MemorySegment segmentOffsets) {
    DocumentStarts documents = file.documents();
    long nextDocument = documents.indexFrom(start + 1);
    long segmentStart = 0;
    while (segmentStart < sequenceLength) {
      long segmentEnd = sequenceLength;
      if (nextDocument < documents.count()) {
        segmentEnd = Math.min(segmentEnd, documents.start(nextDocument++) - start);
      }
      segmentOffsets.setAtIndex(JAVA_LONG, numSegments++, base + segmentStart);
      for (long i = segmentStart; i < segmentEnd; i++) {
        positions.setAtIndex(JAVA_INT, base + i, Math.toIntExact(i - segmentStart));
      }
      segmentStart = segmentEnd;
    }
    return numSegments;
  }
}
