package org.memo.planner.io;

import java.util.Arrays;

/**
 * The fields of one line of CSV: cut at its commas, except at those in quotes, and trimmed. One
 * object is used for line after line, so that a million of them leave little garbage.
 */
final class CsvFields {

  private String line = "";
  private int[] starts = new int[8];
  private int[] ends = new int[8];
  private int count = 0;

  /**
   * Cuts a line.
   *
   * @throws IllegalArgumentException if a quote is not closed
   */
  void cut(String newLine) {
    line = newLine;
    count = 0;
    int end = -1;
    do {
      int start = end + 1;
      end = endOfField(start);
      add(start, end);
    } while (end < line.length());
  }

  int count() {
    return count;
  }

  /** Where the field begins in the line, with the blanks before it. */
  int start(int field) {
    return starts[field];
  }

  /** Where the comma after the field is, or the end of the line. */
  int end(int field) {
    return ends[field];
  }

  /** What the field says, without the quotes around it. */
  String text(int field) {
    String text = line.substring(starts[field], ends[field]).strip();
    boolean quoted = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
    return quoted ? text.substring(1, text.length() - 1).replace("\"\"", "\"") : text;
  }

  /**
   * The number that the field says.
   *
   * @throws NumberFormatException if it says none, or one that is no {@code long}
   */
  long number(int field) {
    return Long.parseLong(text(field));
  }

  private int endOfField(int start) {
    boolean inQuotes = false;
    for (int i = start; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        inQuotes = !inQuotes;
      } else if (c == ',' && !inQuotes) {
        return i;
      }
    }
    if (inQuotes) {
      throw new IllegalArgumentException(
          "a quote is not closed; a quoted field must end in the line in which it begins");
    }
    return line.length();
  }

  private void add(int start, int end) {
    if (count == starts.length) {
      starts = Arrays.copyOf(starts, 2 * count);
      ends = Arrays.copyOf(ends, 2 * count);
    }
    starts[count] = start;
    ends[count] = end;
    count++;
  }
}
