package org.memo.parallel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.memo.data.BatchPart;
import org.memo.data.TokenRun;
import org.memo.step.InputStaging;

/**
 * The windows of a micro-batch of all ranks, side by side, in documents of random lengths.
 *
 * @param targets negative where a token does not count
 * @param segmentOffsets where documents start, and the end
 */
record TestBatch(int[] tokens, int[] targets, int[] positions, long[] segmentOffsets) {

  static TestBatch random(int windows, int windowTokens, Random random) {
    int count = windows * windowTokens;
    int[] tokens = random.ints(count, 0, TestModel.VOCABULARY).toArray();
    int[] targets = random.ints(count, -5, TestModel.VOCABULARY).toArray();
    int[] positions = new int[count];
    List<Long> offsets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      boolean starts = i % windowTokens == 0 || random.nextInt(windowTokens) == 0;
      positions[i] = starts ? 0 : positions[i - 1] + 1;
      if (starts) {
        offsets.add((long) i);
      }
    }
    offsets.add((long) count);
    return new TestBatch(
        tokens, targets, positions, offsets.stream().mapToLong(Long::longValue).toArray());
  }

  long countedTargets() {
    return Arrays.stream(targets).filter(target -> target >= 0).count();
  }

  /** The {@code index}-th of equal parts; parts end where windows end. */
  TestBatch part(int index, int parts) {
    int count = tokens.length / parts;
    int first = index * count;
    long[] offsets =
        Arrays.stream(segmentOffsets)
            .filter(offset -> offset >= first && offset <= first + count)
            .map(offset -> offset - first)
            .toArray();
    return new TestBatch(
        Arrays.copyOfRange(tokens, first, first + count),
        Arrays.copyOfRange(targets, first, first + count),
        Arrays.copyOfRange(positions, first, first + count),
        offsets);
  }

  /** Followed by a segment that does not count. */
  TestBatch padded(int count) {
    int padding = count - tokens.length;
    if (padding == 0) {
      return this;
    }
    int[] paddedTargets = Arrays.copyOf(targets, count);
    Arrays.fill(paddedTargets, tokens.length, count, -1);
    int[] paddedPositions = Arrays.copyOf(positions, count);
    Arrays.setAll(paddedPositions, i -> i < tokens.length ? positions[i] : i - tokens.length);
    long[] paddedOffsets = Arrays.copyOf(segmentOffsets, segmentOffsets.length + 1);
    paddedOffsets[segmentOffsets.length] = count;
    return new TestBatch(
        Arrays.copyOf(tokens, count), paddedTargets, paddedPositions, paddedOffsets);
  }

  /** Gives a rank its tokens, and every segment. */
  void fill(InputStaging.Buffer buffer, BatchPart part) {
    copy(tokens, part, buffer.tokens());
    copy(targets, part, buffer.targets());
    copy(positions, part, buffer.positions());
    MemorySegment.copy(
        segmentOffsets,
        0,
        buffer.segmentOffsets(),
        ValueLayout.JAVA_LONG_UNALIGNED,
        0,
        segmentOffsets.length);
  }

  long numSegments() {
    return segmentOffsets.length - 1L;
  }

  private static void copy(int[] all, BatchPart part, MemorySegment target) {
    long local = 0;
    for (TokenRun run : part.runs()) {
      MemorySegment.copy(
          all,
          Math.toIntExact(run.first()),
          target,
          ValueLayout.JAVA_INT_UNALIGNED,
          local * Integer.BYTES,
          Math.toIntExact(run.tokens()));
      local += run.tokens();
    }
  }
}
