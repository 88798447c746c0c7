package org.memo.cli;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.memo.model.AtomicFile;

/** The files of {@code memo plan}, written whole or not at all. */
final class PlanFiles {
  private PlanFiles() {}

  static void write(Path file, String text) {
    AtomicFile.write(file, text.getBytes(StandardCharsets.UTF_8));
  }
}
