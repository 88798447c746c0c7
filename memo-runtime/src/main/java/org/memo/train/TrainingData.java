package org.memo.train;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.memo.UserInputException;
import org.memo.data.BatchPart;
import org.memo.data.BatchShape;
import org.memo.data.TokenFiles;
import org.memo.data.TokenWindows;
import org.memo.data.WindowOrder;
import org.memo.step.InputStaging;

/** The windows of a run in the order in which steps take them. */
final class TrainingData implements AutoCloseable {
  private final TokenFiles files;
  private final TokenWindows windows;
  private final WindowOrder order;
  private final long vocabulary;

  private TrainingData(TokenFiles files, TokenWindows windows, WindowOrder order, long vocabulary) {
    this.files = files;
    this.windows = windows;
    this.order = order;
    this.vocabulary = vocabulary;
  }

  /**
   * Opens the data and checks every token of it.
   *
   * @throws org.memo.UserInputException when the data cannot be trained on
   */
  static TrainingData open(TrainOptions options, long vocabulary, Consumer<String> say) {
    DataOptions data = options.data();
    TokenFiles files = TokenFiles.open(data.files(say), data.type());
    try {
      files.requireTokensBelow(vocabulary);
      TokenWindows windows = files.windows(options.batch().sequenceLength());
      WindowOrder order = new WindowOrder(data.order(), windows.count(), options.seed());
      return new TrainingData(files, windows, order, vocabulary);
    } catch (RuntimeException e) {
      files.close();
      throw e;
    }
  }

  /** The files that it reads. */
  List<Path> files() {
    return files.paths();
  }

  /** Documents that start inside windows, at most. */
  long documents() {
    return files.documents();
  }

  /** Counted targets of {@code count} windows from index {@code first} of the run. */
  long countedTargets(long first, long count) {
    return LongStream.range(first, first + count)
        .map(index -> windows.countedTargets(order.windowAt(index)))
        .sum();
  }

  /** Reads a part of {@code count} windows from index {@code first} of the run. */
  BatchShape read(long first, long count, BatchPart part, InputStaging.Buffer buffer) {
    long[] batch = LongStream.range(first, first + count).map(order::windowAt).toArray();
    BatchShape shape =
        windows.read(
            batch,
            part,
            buffer.tokens(),
            buffer.targets(),
            buffer.positions(),
            buffer.segmentOffsets());
    requireKnown(buffer.tokens(), part.tokens(), 0);
    requireKnown(buffer.targets(), part.tokens(), TokenWindows.NOT_COUNTED);
    return shape;
  }

  /** All were checked at the start, but the kernels trust them: a file may have been changed. */
  private void requireKnown(MemorySegment ids, long count, int smallest) {
    for (long i = 0; i < count; i++) {
      int id = ids.getAtIndex(ValueLayout.JAVA_INT, i);
      if (id < smallest || id >= vocabulary) {
        throw new UserInputException(
            "a data file was changed during the run: token %d is outside of the vocabulary [0, %d)"
                .formatted(id, vocabulary));
      }
    }
  }

  /** The (query, key) pairs that causal attention scores within the segments, of one head. */
  static double scoredPairs(MemorySegment segmentOffsets, long numSegments) {
    double pairs = 0;
    for (long i = 0; i < numSegments; i++) {
      double length =
          segmentOffsets.getAtIndex(ValueLayout.JAVA_LONG, i + 1)
              - segmentOffsets.getAtIndex(ValueLayout.JAVA_LONG, i);
      pairs += length * (length + 1) / 2;
    }
    return pairs;
  }

  @Override
  public void close() {
    files.close();
  }
}
