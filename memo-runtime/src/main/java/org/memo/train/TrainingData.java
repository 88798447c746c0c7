package org.memo.train;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Consumer;
import java.util.stream.LongStream;
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

  private TrainingData(TokenFiles files, TokenWindows windows, WindowOrder order) {
    this.files = files;
    this.windows = windows;
    this.order = order;
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
      return new TrainingData(
          files, windows, new WindowOrder(data.order(), windows.count(), options.seed()));
    } catch (RuntimeException e) {
      files.close();
      throw e;
    }
  }

  /** Counted targets of {@code count} windows from index {@code first} of the run. */
  long countedTargets(long first, long count) {
    return LongStream.range(first, first + count)
        .map(index -> windows.countedTargets(order.windowAt(index)))
        .sum();
  }

  /** Reads {@code count} windows from index {@code first} of the run. */
  BatchShape read(long first, long count, InputStaging.Buffer buffer) {
    long[] batch =
        LongStream.range(first, first + count).map(order::windowAt).toArray();
    return windows.read(
        batch, buffer.tokens(), buffer.targets(), buffer.positions(), buffer.segmentOffsets());
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
