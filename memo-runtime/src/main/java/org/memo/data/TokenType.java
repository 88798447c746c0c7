package org.memo.data;

/** How a {@code --data} file stores its tokens. */
public enum TokenType {
  /** Little-endian unsigned 16-bit token ids. */
  UINT16(2),
  /** Little-endian signed 32-bit token ids; negative ids are refused. */
  INT32(4),
  /**
   * Every byte of the file is a token; {@link #END_OF_DOCUMENT} follows the last byte of each file,
   * so a file of n bytes has n + 1 tokens.
   */
  BYTES(1);

  /** The token after the last byte of a {@link #BYTES} file. */
  public static final int END_OF_DOCUMENT = 256;

  /** The smallest vocabulary that holds every token of a {@link #BYTES} file. */
  public static final int BYTES_VOCABULARY = 257;

  private final int widthBytes;

  TokenType(int widthBytes) {
    this.widthBytes = widthBytes;
  }

  /** The size of one stored token. */
  public int widthBytes() {
    return widthBytes;
  }

  /** One more than the largest id that the type can store. */
  long idLimit() {
    return switch (this) {
      case UINT16 -> 1L << 16;
      case INT32 -> 1L << 31;
      case BYTES -> BYTES_VOCABULARY;
    };
  }
}
