package org.memo.data;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.memo.UserInputException;

/** The tokens of one file, with its sidecars. Positions are tokens from the file's start. */
final class TokenFile {
  private static final ValueLayout.OfShort UINT16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Tokens looked at together when all are checked: 256 KiB, which stay in the cache. */
  private static final long CHUNK_TOKENS = 1 << 16;

  private final Path path;
  private final TokenType type;
  private final MemorySegment stored;
  private final long numTokens;
  private final TargetMask mask;
  private final DocumentStarts documents;

  private TokenFile(
      Path path,
      TokenType type,
      MemorySegment stored,
      long numTokens,
      TargetMask mask,
      DocumentStarts documents) {
    this.path = path;
    this.type = type;
    this.stored = stored;
    this.numTokens = numTokens;
    this.mask = mask;
    this.documents = documents;
  }

  static TokenFile open(Path path, TokenType type, Arena arena) {
    MemorySegment stored = MappedFile.map(path, arena);
    long sizeBytes = stored.byteSize();
    if (sizeBytes % type.widthBytes() != 0) {
      throw new UserInputException(
          "%s has %d bytes, which is not a multiple of the %d bytes of a token"
              .formatted(path, sizeBytes, type.widthBytes()));
    }
    long numStored = sizeBytes / type.widthBytes();
    long numTokens = type == TokenType.BYTES ? numStored + 1 : numStored;
    return new TokenFile(
        path,
        type,
        stored,
        numTokens,
        TargetMask.besides(path, numStored, numTokens, arena),
        DocumentStarts.besides(path, numTokens, arena));
  }

  Path path() {
    return path;
  }

  long numTokens() {
    return numTokens;
  }

  TargetMask mask() {
    return mask;
  }

  DocumentStarts documents() {
    return documents;
  }

  /** Copies the tokens [from, from + count) to {@code into}, int32, from its offset on. */
  void read(long from, long count, MemorySegment into, long offset) {
    switch (type) {
      case UINT16 -> readUint16(from, count, into, offset);
      case INT32 ->
          MemorySegment.copy(
              stored, INT32, Integer.BYTES * from, into, JAVA_INT, Integer.BYTES * offset, count);
      case BYTES -> readBytes(from, count, into, offset);
    }
  }

  private void readUint16(long from, long count, MemorySegment into, long offset) {
    for (long i = 0; i < count; i++) {
      int token = Short.toUnsignedInt(stored.get(UINT16, Short.BYTES * (from + i)));
      into.setAtIndex(JAVA_INT, offset + i, token);
    }
  }

  private void readBytes(long from, long count, MemorySegment into, long offset) {
    long numBytes = Math.min(count, stored.byteSize() - from);
    for (long i = 0; i < numBytes; i++) {
      into.setAtIndex(JAVA_INT, offset + i, Byte.toUnsignedInt(stored.get(JAVA_BYTE, from + i)));
    }
    if (numBytes < count) {
      into.setAtIndex(JAVA_INT, offset + numBytes, TokenType.END_OF_DOCUMENT);
    }
  }

  /** How many tokens of [from, to) count as targets: the mask takes them, no document starts. */
  long countTargets(long from, long to) {
    long counted = mask.count(from, to);
    long end = documents.indexFrom(to);
    for (long i = documents.indexFrom(from); i < end; i++) {
      counted -= mask.counts(documents.start(i)) ? 1 : 0;
    }
    return counted;
  }

  /**
   * Reads every token once.
   *
   * @throws UserInputException at the first that is not in [0, vocabulary)
   */
  void requireTokensBelow(long vocabulary) {
    if (vocabulary >= type.idLimit() && type != TokenType.INT32) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment chunk = arena.allocate(JAVA_INT, CHUNK_TOKENS);
      for (long from = 0; from < numTokens; from += CHUNK_TOKENS) {
        long count = Math.min(CHUNK_TOKENS, numTokens - from);
        read(from, count, chunk, 0);
        requireTokensBelow(vocabulary, chunk, count, from);
      }
    }
  }

  private void requireTokensBelow(long vocabulary, MemorySegment chunk, long count, long from) {
    for (long i = 0; i < count; i++) {
      int token = chunk.getAtIndex(JAVA_INT, i);
      if (token < 0 || token >= vocabulary) {
        throw new UserInputException(
            "%s: token %d is %d, outside the model's vocabulary [0, %d)"
                .formatted(path, from + i, token, vocabulary));
      }
    }
  }
}
