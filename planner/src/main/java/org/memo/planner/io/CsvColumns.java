package org.memo.planner.io;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * At which place each column stands, from 0, or -1 where there is none. Columns of other names may
 * stand anywhere.
 *
 * @param count how many columns there are, with those of other names
 */
record CsvColumns(
    int count, int id, int lower, int upper, int size, int offset, int alignment, int gaps) {

  static final CsvColumns NONE = new CsvColumns(0, -1, -1, -1, -1, -1, -1, -1);

  private static final List<String> REQUIRED = List.of("id", "lower", "upper", "size");

  /**
   * The columns that a header names.
   *
   * @throws IllegalArgumentException if one is missing or named twice
   */
  static CsvColumns of(CsvFields header) {
    List<String> names = IntStream.range(0, header.count()).mapToObj(header::text).toList();
    for (String name : REQUIRED) {
      require(
          names.contains(name),
          "the header lacks the column '" + name + "'; it must name id, lower, upper and size");
    }
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      require(seen.add(name), "the header names the column '" + name + "' twice");
    }
    return new CsvColumns(
        names.size(),
        names.indexOf("id"),
        names.indexOf("lower"),
        names.indexOf("upper"),
        names.indexOf("size"),
        names.indexOf("offset"),
        names.indexOf("alignment"),
        names.indexOf("gaps"));
  }

  boolean hasOffset() {
    return offset >= 0;
  }

  boolean hasAlignment() {
    return alignment >= 0;
  }

  boolean hasGaps() {
    return gaps >= 0;
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
