package org.memo.planner.io;

import java.io.IOException;
import java.io.Reader;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a text, however they end, without a byte order mark. What is no text at all, say a
 * device or an archive, shows by a line without end and is refused before it fills the memory.
 */
final class CsvLines {

  static final int MAX_LINE_CHARS = 65_536;

  private static final char BYTE_ORDER_MARK = '\uFEFF';
  private static final int END = -1;

  private final Reader text;
  private final char[] chunk = new char[8192];
  private int chunkSize = 0;
  private int chunkPosition = 0;
  private char[] line = new char[256];
  private int lineNumber = 0;

  CsvLines(Reader text) {
    this.text = text;
  }

  /** Of the line that was read last, counted from 1. */
  int lineNumber() {
    return lineNumber;
  }

  /** The next line without its end, or null after the last. */
  @Nullable String next() throws IOException {
    int first = read();
    if (first == END) {
      return null;
    }
    lineNumber++;
    if (lineNumber == 1 && first == BYTE_ORDER_MARK) {
      first = read();
    }
    int length = 0;
    int c = first;
    for (; c != END && c != '\n' && c != '\r'; c = read()) {
      if (length == MAX_LINE_CHARS) {
        throw new IllegalArgumentException(
            "the line is longer than the %d characters that are valid".formatted(MAX_LINE_CHARS));
      }
      if (length == line.length) {
        line = Arrays.copyOf(line, 2 * length);
      }
      line[length++] = (char) c;
    }
    if (c == '\r' && peek() == '\n') {
      chunkPosition++;
    }
    return new String(line, 0, length);
  }

  private int read() throws IOException {
    int c = peek();
    if (c != END) {
      chunkPosition++;
    }
    return c;
  }

  private int peek() throws IOException {
    while (chunkPosition == chunkSize) {
      chunkSize = text.read(chunk);
      chunkPosition = 0;
      if (chunkSize < 0) {
        chunkSize = 0;
        return END;
      }
    }
    return chunk[chunkPosition];
  }
}
