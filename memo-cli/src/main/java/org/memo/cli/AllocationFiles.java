package org.memo.cli;

import java.io.BufferedWriter;
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
import org.memo.model.AtomicFile;
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

  /**
   * Finds out before a long search whether its answer can be written.
   *
   * @throws UserInputException if not
   */
  static void requireWritable(Path file) {
    Path folder = file.toAbsolutePath().resolveSibling(".").normalize();
    if (Files.isDirectory(file)) {
      throw new UserInputException("-o is %s, which is a folder; a file is needed".formatted(file));
    }
    if (!Files.isDirectory(folder)) {
      throw new UserInputException("-o is %s, but there is no folder %s".formatted(file, folder));
    }
    if (!Files.isWritable(Files.exists(file) && isSpecial(file) ? file : folder)) {
      throw new UserInputException("-o is %s, which may not be written".formatted(file));
    }
  }

  /** Writes the rows with their offsets; a file appears whole or not at all. */
  static void write(Path file, AllocationCsv csv, Solution solution) {
    if (isSpecial(file)) {
      writeSpecial(file, csv, solution);
    } else {
      AtomicFile.write(target(file), content(csv, solution));
    }
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

  /** A pipe or a device, {@code /dev/null} say, must not be replaced by a file. */
  private static boolean isSpecial(Path file) {
    return Files.exists(file) && !Files.isRegularFile(file);
  }

  private static void writeSpecial(Path file, AllocationCsv csv, Solution solution) {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      csv.writeWith(solution, out);
    } catch (IOException e) {
      throw new UserInputException("Cannot write %s: %s.".formatted(file, e), e);
    }
  }

  /** Through links, which stay. */
  private static Path target(Path file) {
    try {
      return Files.exists(file) ? file.toRealPath() : file;
    } catch (IOException e) {
      throw new UserInputException("Cannot write %s: %s.".formatted(file, e), e);
    }
  }
}
