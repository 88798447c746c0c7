package org.memo.data;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

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

  DocumentStarts documents() {
    return documents;
  }

  int token(long position) {
    return switch (type) {
      case UINT16 -> Short.toUnsignedInt(stored.get(UINT16, 2 * position));
      case INT32 -> stored.get(INT32, 4 * position);
      case BYTES ->
          position == stored.byteSize()
              ? TokenType.END_OF_DOCUMENT
              : Byte.toUnsignedInt(stored.get(JAVA_BYTE, position));
    };
  }

  /** What the mask alone says of the token as a target. */
  boolean countsByMask(long position) {
    return mask.counts(position);
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
    for (long position = 0; position < numTokens; position++) {
      int token = token(position);
      if (token < 0 || token >= vocabulary) {
        throw new UserInputException(
            "%s: token %d is %d, outside the model's vocabulary [0, %d)"
                .formatted(path, position, token, vocabulary));
      }
    }
  }
}
