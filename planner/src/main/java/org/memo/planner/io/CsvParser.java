package org.memo.planner.io;

import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.trace.TensorLife;

/** Reads one text line by line, so that every complaint can name the line. */
final class CsvParser {

  private final CsvLines lines;
  private final CsvFields fields = new CsvFields();
  private final long alignmentBytes;

  private CsvColumns columns = CsvColumns.NONE;
  private final List<String> rows = new ArrayList<>();
  private final List<TensorLife> buffers = new ArrayList<>();
  private final List<Long> offsets = new ArrayList<>();
  private final Map<String, Integer> lineOfId = new HashMap<>();

  CsvParser(Reader text, long alignmentBytes) {
    lines = new CsvLines(text);
    this.alignmentBytes = alignmentBytes;
  }

  AllocationCsv parse() throws IOException {
    String header = "";
    try {
      header = readHeader();
      for (String row = nextLine(); row != null; row = nextLine()) {
        readRow(row);
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "line %d: %s".formatted(Math.max(1, lines.lineNumber()), e.getMessage()), e);
    }
    Problem problem = new Problem(buffers, alignmentBytes);
    Optional<Solution> solution =
        columns.hasOffset() ? Optional.of(Solution.of(problem, offsets)) : Optional.empty();
    return new AllocationCsv(header, rows, columns.offset(), problem, solution);
  }

  /** Cuts the next line that is not blank, if there is one. */
  private @Nullable String nextLine() throws IOException {
    String line = lines.next();
    while (line != null && line.isBlank()) {
      line = lines.next();
    }
    if (line != null) {
      fields.cut(line);
    }
    return line;
  }

  private String readHeader() throws IOException {
    String header = nextLine();
    if (header == null) {
      throw new IllegalArgumentException(
          "the file is empty; it must begin with a header such as id,lower,upper,size");
    }
    columns = CsvColumns.of(fields);
    return header;
  }

  private void readRow(String row) {
    require(
        fields.count() == columns.count(),
        "there are %d fields for the %d columns of the header",
        fields.count(),
        columns.count());
    String id = fields.text(columns.id());
    require(!id.isBlank(), "the id is empty");
    Integer earlierLine = lineOfId.put(id, lines.lineNumber());
    require(earlierLine == null, "the id '%s' stands in line %d already", id, earlierLine);
    long sizeBytes = number(columns.size(), "size");
    buffers.add(
        new TensorLife(
            id, number(columns.lower(), "lower"), number(columns.upper(), "upper"), sizeBytes));
    if (columns.hasOffset()) {
      readOffset(sizeBytes);
    }
    checkExtensions();
    rows.add(row);
  }

  private void readOffset(long sizeBytes) {
    long offset = number(columns.offset(), "offset");
    require(
        offset >= 0 && offset <= Long.MAX_VALUE - sizeBytes,
        "offset is %d; it must be from 0 to 2^63 - 1 less the size",
        offset);
    offsets.add(offset);
  }

  /** To pass over what minimalloc knows and we do not would be to answer another problem. */
  private void checkExtensions() {
    if (columns.hasAlignment()) {
      long alignment = number(columns.alignment(), "alignment");
      require(
          alignment > 0 && alignmentBytes % alignment == 0,
          "alignment is %d, but all buffers are aligned to %d, which must be a multiple of it",
          alignment,
          alignmentBytes);
    }
    if (columns.hasGaps()) {
      String gaps = fields.text(columns.gaps());
      require(gaps.isEmpty(), "gaps is '%s'; only buffers without gaps can be placed", gaps);
    }
  }

  private long number(int column, String name) {
    try {
      return fields.number(column);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s is '%s'; it must be a whole number below 2^63".formatted(name, fields.text(column)),
          e);
    }
  }

  private static void require(boolean condition, String message, @Nullable Object... values) {
    if (!condition) {
      throw new IllegalArgumentException(message.formatted(values));
    }
  }
}
