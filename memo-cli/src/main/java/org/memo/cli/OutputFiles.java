package org.memo.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.memo.UserInputException;
import org.memo.model.AtomicFile;

/** Files that a command writes where the user says. */
final class OutputFiles {
  private OutputFiles() {}

  /**
   * Finds out before long work whether its answer can be written.
   *
   * @param option that names the file, for the message
   * @throws UserInputException if not
   */
  static void requireWritable(String option, Path file) {
    Path folder = file.toAbsolutePath().resolveSibling(".").normalize();
    if (Files.isDirectory(file)) {
      throw new UserInputException(
          "%s is %s, which is a folder; a file is needed".formatted(option, file));
    }
    if (!Files.isDirectory(folder)) {
      throw new UserInputException(
          "%s is %s, but there is no folder %s".formatted(option, file, folder));
    }
    if (!Files.isWritable(isSpecial(file) ? file : folder)) {
      throw new UserInputException("%s is %s, which may not be written".formatted(option, file));
    }
  }

  /** A file appears whole or not at all, behind links too; pipes and devices are not replaced. */
  static void write(Path file, byte[] content) {
    try {
      if (isSpecial(file)) {
        Files.write(file, content);
      } else {
        AtomicFile.write(Files.exists(file) ? file.toRealPath() : file, content);
      }
    } catch (IOException e) {
      throw new UserInputException("Cannot write %s: %s.".formatted(file, e), e);
    }
  }

  private static boolean isSpecial(Path file) {
    return Files.exists(file) && !Files.isRegularFile(file);
  }
}
