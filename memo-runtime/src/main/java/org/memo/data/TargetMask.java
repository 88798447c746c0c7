package org.memo.data;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import org.memo.UserInputException;

/**
 * Which tokens count as targets: a byte a token, 1 or 0. Without the sidecar, and for the end of
 * document that {@link TokenType#BYTES} adds where the sidecar has no byte for it, all count.
 */
final class TargetMask {
  private final MemorySegment bytes;

  private TargetMask(MemorySegment bytes) {
    this.bytes = bytes;
  }

  /**
   * The mask beside a token file.
   *
   * @param numStored tokens in the file itself
   * @param numTokens the same and an added end of document
   */
  static TargetMask besides(Path tokens, long numStored, long numTokens, Arena arena) {
    Optional<Path> file = Sidecar.of(tokens, Sidecar.MASK);
    if (file.isEmpty()) {
      return new TargetMask(MemorySegment.NULL);
    }
    MemorySegment bytes = MappedFile.map(file.get(), arena);
    if (bytes.byteSize() != numStored && bytes.byteSize() != numTokens) {
      throw new UserInputException(
          "%s has %d bytes; valid is a byte for each of the %d tokens of %s"
              .formatted(file.get(), bytes.byteSize(), numTokens, tokens));
    }
    requireZeroOrOne(file.get(), bytes);
    return new TargetMask(bytes);
  }

  private static void requireZeroOrOne(Path file, MemorySegment bytes) {
    for (long i = 0; i < bytes.byteSize(); i++) {
      int value = Byte.toUnsignedInt(bytes.get(JAVA_BYTE, i));
      if (value > 1) {
        throw new UserInputException(
            "%s: byte %d is %d; valid is 0 or 1".formatted(file, i, value));
      }
    }
  }

  boolean counts(long position) {
    return position >= bytes.byteSize() || bytes.get(JAVA_BYTE, position) == 1;
  }

  /** Overwrites those of the targets [from, from + count) that do not count. */
  void apply(long from, long count, MemorySegment targets, long offset) {
    long numMasked = Math.min(count, bytes.byteSize() - from);
    for (long i = 0; i < numMasked; i++) {
      if (bytes.get(JAVA_BYTE, from + i) == 0) {
        targets.setAtIndex(JAVA_INT, offset + i, TokenWindows.NOT_COUNTED);
      }
    }
  }

  /** How many tokens of [from, to) count. */
  long count(long from, long to) {
    long masked = 0;
    for (long i = from; i < Math.min(to, bytes.byteSize()); i++) {
      masked += 1 - bytes.get(JAVA_BYTE, i);
    }
    return to - from - masked;
  }
}
