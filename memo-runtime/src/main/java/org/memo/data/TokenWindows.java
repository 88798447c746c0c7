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
   * Reads a part of some windows one behind the other. Padding follows the windows' tokens where
   * the part says so: a segment of its own, token 0, that does not count.
   *
   * @param windows their numbers, each in [0, {@link #count})
   * @param part T tokens of those of the windows and the padding
   * @param inputs [T] int32, filled with token ids
   * @param targets [T] int32, filled with the token after each input, or {@link #NOT_COUNTED} where
   *     the mask says so or that token starts a document
   * @param positions [T] int32, filled with each token's position in its segment; 0 in the padding
   * @param segmentOffsets at least [part.allTokens() + 1] int64; the first numSegments + 1 are
   *     filled: the first token of each segment of all parts, the first 0, and part.allTokens()
   */
  public BatchShape read(
      long[] windows,
      BatchPart part,
      MemorySegment inputs,
      MemorySegment targets,
      MemorySegment positions,
      MemorySegment segmentOffsets) {
    long read = windows.length * sequenceLength;
    long numSegments = 0;
    long counted = 0;
    for (int i = 0; i < windows.length; i++) {
      numSegments = addSegments(windows[i], i * sequenceLength, numSegments, segmentOffsets);
      counted += countedTargets(windows[i]);
    }
    segmentOffsets.setAtIndex(JAVA_LONG, numSegments, read);
    long local = 0;
    for (TokenRun run : part.runs()) {
      readTokens(
          windows,
          run,
          inputs.asSlice(local * Integer.BYTES),
          targets.asSlice(local * Integer.BYTES));
      fillPositions(run, read, segmentOffsets, positions.asSlice(local * Integer.BYTES));
      local += run.tokens();
    }
    if (part.allTokens() > read) {
      segmentOffsets.setAtIndex(JAVA_LONG, ++numSegments, part.allTokens());
    }
    return new BatchShape(numSegments, counted);
  }

  private void readTokens(
      long[] windows, TokenRun run, MemorySegment inputs, MemorySegment targets) {
    for (int i = 0; i < windows.length; i++) {
      int file = fileOf(windows[i]);
      long windowStart = i * sequenceLength;
      Slice slice =
          new Slice(
              files.get(file),
              startOf(file, windows[i]),
              Math.clamp(run.first() - windowStart, 0, sequenceLength),
              Math.clamp(run.end() - windowStart, 0, sequenceLength),
              windowStart - run.first());
      if (slice.from() < slice.to()) {
        slice.fillInputs(inputs);
        slice.fillTargets(targets);
      }
    }
    for (long i = Math.max(run.first(), windows.length * sequenceLength); i < run.end(); i++) {
      inputs.setAtIndex(JAVA_INT, i - run.first(), 0);
      targets.setAtIndex(JAVA_INT, i - run.first(), NOT_COUNTED);
    }
  }

  /** The positions of a run; the segments end where the padding starts. */
  private static void fillPositions(
      TokenRun run, long padding, MemorySegment segmentOffsets, MemorySegment positions) {
    long segment = 0;
    for (long i = run.first(); i < run.end(); i++) {
      while (i < padding && segmentOffsets.getAtIndex(JAVA_LONG, segment + 1) <= i) {
        segment++;
      }
      long position = i < padding ? i - segmentOffsets.getAtIndex(JAVA_LONG, segment) : 0;
      positions.setAtIndex(JAVA_INT, i - run.first(), Math.toIntExact(position));
    }
  }

  /**
   * What a run has of a window.
   *
   * @param start of the window in the file
   * @param from the first token of the window that the run has
   * @param to behind the last; {@code from} where it has none
   * @param base where the run would have the window's first token
   */
  private record Slice(TokenFile file, long start, long from, long to, long base) {
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

  /** Adds where the segments of a window start; returns the number of segments with them. */
  private long addSegments(
      long window, long windowStart, long numSegments, MemorySegment segmentOffsets) {
    int file = fileOf(window);
    long start = startOf(file, window);
    DocumentStarts documents = files.get(file).documents();
    long count = numSegments;
    segmentOffsets.setAtIndex(JAVA_LONG, count++, windowStart);
    long end = documents.indexFrom(start + sequenceLength);
    for (long d = documents.indexFrom(start + 1); d < end; d++) {
      segmentOffsets.setAtIndex(JAVA_LONG, count++, windowStart + documents.start(d) - start);
    }
    return count;
  }
}
