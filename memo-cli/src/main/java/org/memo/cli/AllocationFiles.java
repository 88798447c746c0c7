package org.memo.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.memo.UserInputException;
import org.memo.planner.allocation.Solution;
import org.memo.planner.io.AllocationCsv;

/** The files of {@code memo solve}, with every complaint about them made for the user. */
final class AllocationFiles {
  private AllocationFiles() {}

  /**
   * Reads a problem.
   *
   * @throws UserInputException naming the file, the line, and what is wrong with it
   */
  static AllocationCsv read(Path file, long alignmentBytes) {
    if (Files.isDirectory(file)) {
      throw new UserInputException(file + " is a folder; a CSV file is needed");
    }
    try {
      return AllocationCsv.read(file, alignmentBytes);
    } catch (NoSuchFileException e) {
      throw new UserInputException(file + " does not exist; a CSV file is needed", e);
    } catch (AccessDeniedException e) {
      throw new UserInputException(file + " may not be read; a readable CSV file is needed", e);
    } catch (IOException e) {
      throw new UserInputException("%s cannot be read: %s".formatted(file, e.getMessage()), e);
    } catch (IllegalArgumentException e) {
      throw new UserInputException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Writes the rows with their offsets. */
  static void write(Path file, AllocationCsv csv, Solution solution) {
    OutputFiles.write(file, content(csv, solution));
  }

  private static byte[] content(AllocationCsv csv, Solution solution) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Writer out = new OutputStreamWriter(bytes, StandardCharsets.UTF_8)) {
      csv.writeWith(solution, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory can always be written
    }
    return bytes.toByteArray();
  }
}
