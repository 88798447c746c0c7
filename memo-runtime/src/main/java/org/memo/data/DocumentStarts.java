package org.memo.data;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;
import org.memo.UserInputException;

/**
 * The tokens at which documents start: little-endian int64 offsets, the first 0, strictly
 * ascending. Without the sidecar the file is one document.
 */
final class DocumentStarts {
  private static final ValueLayout.OfLong OFFSET =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment offsets;
  private final long count;

  private DocumentStarts(MemorySegment offsets) {
    this.offsets = offsets;
    this.count = offsets.byteSize() / Long.BYTES;
  }

  /** The documents beside a file of {@code numTokens} tokens. */
  static DocumentStarts besides(Path tokens, long numTokens, Arena arena) {
    Optional<Path> file = Sidecar.of(tokens, Sidecar.DOCUMENTS);
    if (file.isEmpty()) {
      return new DocumentStarts(arena.allocate(OFFSET));
    }
    MemorySegment offsets = MappedFile.map(file.get(), arena);
    if (offsets.byteSize() == 0 || offsets.byteSize() % Long.BYTES != 0) {
      throw new UserInputException(
          "%s has %d bytes; valid is 8 for each document, one or more"
              .formatted(file.get(), offsets.byteSize()));
    }
    DocumentStarts starts = new DocumentStarts(offsets);
    starts.requireAscending(file.get(), numTokens);
    return starts;
  }

  private void requireAscending(Path file, long numTokens) {
    if (start(0) != 0) {
      throw new UserInputException("%s: offset 0 is %d; valid is 0".formatted(file, start(0)));
    }
    for (long i = 1; i < count; i++) {
      if (start(i) <= start(i - 1) || start(i) >= numTokens) {
        throw new UserInputException(
            "%s: offset %d is %d; valid is above %d, the one before it, and below %d, the tokens"
                .formatted(file, i, start(i), start(i - 1), numTokens));
      }
    }
  }

  long count() {
    return count;
  }

  /** The first token of the index-th document. */
  long start(long index) {
    return offsets.get(OFFSET, Long.BYTES * index);
  }

  /** The first document that starts at the token or after it; {@link #count} when none does. */
  long indexFrom(long position) {
    long low = 0;
    long high = count;
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (start(middle) < position) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
