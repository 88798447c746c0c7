package org.memo.data;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/** What {@link TokenWindows#read} fills, as arrays. */
@SuppressWarnings("ArrayRecordComponent") // batches are not compared as a whole
record Batch(
    int[] inputs, int[] targets, int[] positions, long[] segmentOffsets, long countedTargets) {

  static Batch of(List<Path> paths, TokenType type, long sequenceLength, long... windows) {
    BatchPart whole = BatchPart.whole(windows.length * sequenceLength);
    return of(paths, type, whole, sequenceLength, windows);
  }

  static Batch of(
      List<Path> paths, TokenType type, BatchPart part, long sequenceLength, long... windows) {
    try (TokenFiles files = TokenFiles.open(paths, type);
        Arena arena = Arena.ofConfined()) {
      long numTokens = part.tokens();
      MemorySegment inputs = arena.allocate(JAVA_INT, numTokens);
      MemorySegment targets = arena.allocate(JAVA_INT, numTokens);
      MemorySegment positions = arena.allocate(JAVA_INT, numTokens);
      MemorySegment offsets = arena.allocate(JAVA_LONG, part.allTokens() + 1);
      BatchShape shape =
          files.windows(sequenceLength).read(windows, part, inputs, targets, positions, offsets);
      return new Batch(
          inputs.toArray(JAVA_INT),
          targets.toArray(JAVA_INT),
          positions.toArray(JAVA_INT),
          offsets.asSlice(0, Long.BYTES * (shape.numSegments() + 1)).toArray(JAVA_LONG),
          shape.countedTargets());
    }
  }
}
