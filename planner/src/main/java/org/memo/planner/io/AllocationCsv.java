package org.memo.planner.io;

import java.io.IOException;
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
 * in any order; then a row per buffer. Lifespans are half-open. Fields are trimmed and empty lines
 * skipped; an id occurs once and is not quoted.
 *
 * @param problem the buffers, in the order of the rows
 * @param solution their offsets, if there is such a column; not validated
 */
public record AllocationCsv(Problem problem, Optional<Solution> solution) {

  /** Reads a file as {@link #parse} does. */
  public static AllocationCsv read(Path file, long alignmentBytes) throws IOException {
    return parse(Files.readString(file), alignmentBytes);
  }

  /**
   * Understands a text.
   *
   * @param alignmentBytes the problem's alignment, which the format does not hold
   * @throws IllegalArgumentException naming the line and what is wrong with it
   */
  public static AllocationCsv parse(String text, long alignmentBytes) {
    return new CsvParser(text).parse(alignmentBytes);
  }

  /**
   * The text that {@link #parse} understands as this.
   *
   * @throws IllegalArgumentException if a buffer's name cannot be an unquoted field
   */
  public String format() {
    List<Long> offsets = solution.map(Solution::offsetsBytes).orElse(List.of());
    StringBuilder text = new StringBuilder("id,lower,upper,size");
    text.append(solution.isPresent() ? ",offset\n" : "\n");
    for (int i = 0; i < problem.size(); i++) {
      TensorLife buffer = problem.buffers().get(i);
      text.append(requireField(buffer.name())).append(',').append(buffer.lower());
      text.append(',').append(buffer.upper()).append(',').append(buffer.sizeBytes());
      if (solution.isPresent()) {
        text.append(',').append(offsets.get(i));
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static String requireField(String name) {
    if (name.isBlank() || !name.equals(name.strip()) || name.matches("(?s).*[,\"\\v].*")) {
      throw new IllegalArgumentException(
          "the name '%s' cannot be written to CSV; it must have no comma, quote or line break, nor"
                  .formatted(name)
              + " blanks at its ends");
    }
    return name;
  }
}
