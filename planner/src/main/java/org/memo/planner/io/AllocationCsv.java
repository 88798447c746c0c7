package org.memo.planner.io;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.trace.TensorLife;

/**
 * A storage allocation problem, and perhaps its solution, as CSV in the format of minimalloc: a
 * header that names the columns {@code id,lower,upper,size} and, with a solution, {@code offset},
 * in any order; then a row per buffer. Lifespans are half-open. An id occurs once. Fields are
 * trimmed and may be quoted, empty lines are skipped, lines end in any way. Columns of other names
 * are kept and not looked at, but for two of minimalloc's that change the problem: {@code
 * alignment} must divide the problem's, and {@code gaps} must be empty.
 */
public final class AllocationCsv {

  private static final String OFFSET = "offset";

  private final String header;
  private final List<String> rows;
  private final int offsetColumn; // -1 where there is none
  private final Problem problem;
  private final Optional<Solution> solution;

  AllocationCsv(
      String header,
      List<String> rows,
      int offsetColumn,
      Problem problem,
      Optional<Solution> solution) {
    this.header = header;
    this.rows = rows;
    this.offsetColumn = offsetColumn;
    this.problem = problem;
    this.solution = solution;
  }

  /**
   * Reads a file of UTF-8 as {@link #parse} does, and names it in every complaint. A million rows
   * take about a second and 250 MiB.
   */
  public static AllocationCsv read(Path file, long alignmentBytes) throws IOException {
    try (BufferedReader text = Files.newBufferedReader(file)) {
      return new CsvParser(text, alignmentBytes).parse();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(file + ": the file is no text in UTF-8", e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Understands a text.
   *
   * @param alignmentBytes the problem's alignment, which the format does not hold
   * @throws IllegalArgumentException naming the line and what is wrong with it
   */
  public static AllocationCsv parse(String text, long alignmentBytes) {
    try (Reader reader = new StringReader(text)) {
      return new CsvParser(reader, alignmentBytes).parse();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a string can always be read
    }
  }

  /** The text of a problem, without offsets. Names that are not plain are quoted. */
  public static String format(Problem problem) {
    StringBuilder text = new StringBuilder("id,lower,upper,size\n");
    for (TensorLife buffer : problem.buffers()) {
      text.append(quotedIfNeeded(buffer.name())).append(',').append(buffer.lower());
      text.append(',').append(buffer.upper()).append(',').append(buffer.sizeBytes()).append('\n');
    }
    return text.toString();
  }

  /** The buffers, in the order of the rows. */
  public Problem problem() {
    return problem;
  }

  /** The offsets, if there is such a column; not validated. */
  public Optional<Solution> solution() {
    return solution;
  }

  /**
   * Writes the same rows with the offsets of a solution: as a last column, or where offsets stood.
   */
  public void writeWith(Solution answer, Appendable out) throws IOException {
    out.append(offsetColumn < 0 ? header + "," + OFFSET : header).append('\n');
    CsvFields fields = new CsvFields();
    for (int i = 0; i < rows.size(); i++) {
      String row = rows.get(i);
      String offset = Long.toString(answer.offsetsBytes().get(i));
      if (offsetColumn < 0) {
        out.append(row).append(',').append(offset).append('\n');
      } else {
        fields.cut(row);
        out.append(row, 0, fields.start(offsetColumn)).append(offset);
        out.append(row, fields.end(offsetColumn), row.length()).append('\n');
      }
    }
  }

  private static String quotedIfNeeded(String name) {
    if (name.isBlank() || name.matches("(?s).*\\v.*")) {
      throw new IllegalArgumentException(
          "the name '%s' cannot be written to CSV; it must not be blank nor have a line break"
              .formatted(name));
    }
    boolean plain = name.equals(name.strip()) && name.indexOf(',') < 0 && name.indexOf('"') < 0;
    return plain ? name : '"' + name.replace("\"", "\"\"") + '"';
  }
}
