package org.memo.planner.io;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.trace.TensorLife;

/** Reads one text line by line, so that every complaint can name the line. */
final class CsvParser {

  private static final List<String> REQUIRED_COLUMNS = List.of("id", "lower", "upper", "size");
  private static final String OFFSET = "offset";

  private final String[] lines;
  private int lineNumber = 0; // of the line that was read last, from 1
  private List<String> fields = List.of();

  private List<String> columns = List.of();
  private final List<TensorLife> buffers = new ArrayList<>();
  private final List<Long> offsets = new ArrayList<>();
  private final Map<String, Integer> lineOfId = new HashMap<>();

  CsvParser(String text) {
    lines = text.split("\\R");
  }

  AllocationCsv parse(long alignmentBytes) {
    try {
      readHeader();
      while (nextLine()) {
        readRow();
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("line " + lineNumber + ": " + e.getMessage(), e);
    }
    Problem problem = new Problem(buffers, alignmentBytes);
    return new AllocationCsv(
        problem, hasOffsets() ? Optional.of(Solution.of(problem, offsets)) : Optional.empty());
  }

  /** Goes to the next line that is not blank, if there is one. */
  private boolean nextLine() {
    while (lineNumber < lines.length) {
      String line = lines[lineNumber++];
      if (!line.isBlank()) {
        fields = Arrays.stream(line.split(",", -1)).map(String::strip).toList();
        return true;
      }
    }
    return false;
  }

  private void readHeader() {
    require(nextLine(), "the file is empty; it must start with the header id,lower,upper,size");
    columns = fields;
    for (String column : columns) {
      require(
          REQUIRED_COLUMNS.contains(column) || column.equals(OFFSET),
          "the header has the column '" + column + "'; valid are id, lower, upper, size, offset");
    }
    for (String column : REQUIRED_COLUMNS) {
      require(columns.contains(column), "the header lacks the column '" + column + "'");
    }
    require(new HashSet<>(columns).size() == columns.size(), "the header names a column twice");
  }

  private void readRow() {
    require(
        fields.size() == columns.size(),
        "there are " + fields.size() + " fields for " + columns.size() + " columns");
    String id = field("id");
    require(!id.isEmpty(), "the id is empty");
    Integer earlierLine = lineOfId.put(id, lineNumber);
    require(earlierLine == null, "id " + id + " stands in line " + earlierLine + " already");
    buffers.add(new TensorLife(id, number("lower"), number("upper"), number("size")));
    if (hasOffsets()) {
      long offset = number(OFFSET);
      require(
          offset >= 0 && offset <= Long.MAX_VALUE - number("size"),
          "offset is " + offset + "; it must be from 0 to 2^63 - 1 less the size");
      offsets.add(offset);
    }
  }

  private boolean hasOffsets() {
    return columns.contains(OFFSET);
  }

  private long number(String column) {
    try {
      return Long.parseLong(field(column));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s is '%s'; it must be a whole number below 2^63".formatted(column, field(column)), e);
    }
  }

  private String field(String column) {
    return fields.get(columns.indexOf(column));
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
