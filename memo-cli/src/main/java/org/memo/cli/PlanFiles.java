package org.memo.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.memo.UserInputException;
import org.memo.model.AtomicFile;

/** The files of {@code memo plan}, written whole or not at all. */
final class PlanFiles {
  private PlanFiles() {}

  /** Looked at before anything is planned. */
  static void requireWritable(String option, Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (file.toString().isEmpty() || folder == null || Files.isDirectory(file)) {
      throw new UserInputException(
          "%s is '%s', a folder; valid is a file to write".formatted(option, file));
    }
    if (!Files.isDirectory(folder)) {
      throw new UserInputException(
          "%s is %s, but there is no folder %s".formatted(option, file, folder));
    }
  }

  /** A device or pipe is written into, not replaced, and so is what a link leads to. */
  static void write(Path file, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try {
      if (!Files.exists(file)) {
        AtomicFile.write(file, bytes);
      } else if (Files.isRegularFile(file)) {
        AtomicFile.write(file.toRealPath(), bytes);
      } else {
        Files.write(file, bytes);
      }
    } catch (IOException e) {
      throw new UserInputException("%s cannot be written: %s".formatted(file, e.getMessage()), e);
    }
  }
}
