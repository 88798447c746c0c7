package org.memo.device.cuda;

import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Which attention engine was the fastest before, on disk. Engines differ in the last bits, and a
 * measurement differs from run to run: what was chosen once stays chosen, so that the same settings
 * give the same bits. A file that cannot be read or written counts as empty.
 */
final class RememberedEngines {
  private final @Nullable Path file;

  private RememberedEngines(@Nullable Path file) {
    this.file = file;
  }

  /** Remembers nothing. */
  static RememberedEngines none() {
    return new RememberedEngines(null);
  }

  /**
   * Those of one kind of GPU.
   *
   * @param cacheFolder need not exist
   * @param device the GPU's name and compute capability
   */
  static RememberedEngines of(Path cacheFolder, String device) {
    String name = device.replaceAll("[^A-Za-z0-9.]+", "-") + ".properties";
    return new RememberedEngines(cacheFolder.resolve("attention-engines").resolve(name));
  }

  /** The name of the one that was chosen from exactly these. */
  Optional<String> engine(AttentionProblem problem, List<String> candidates) {
    return Optional.ofNullable(read().getProperty(key(problem, candidates)));
  }

  void remember(AttentionProblem problem, List<String> candidates, String engine) {
    if (file == null) {
      return;
    }
    Properties engines = read(); // another process may have added to it
    engines.setProperty(key(problem, candidates), engine);
    try {
      Path folder = Files.createDirectories(file.resolveSibling("."));
      Path partial = Files.createTempFile(folder, "engines", ".partial");
      try {
        try (Writer writer = Files.newBufferedWriter(partial)) {
          engines.store(writer, "the fastest attention engine of each shape; may be deleted");
        }
        Files.move(
            partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (IOException readOnly) {
      // The next run measures again.
    }
  }

  private Properties read() {
    Properties engines = new Properties();
    if (file != null) {
      try (Reader reader = Files.newBufferedReader(file)) {
        engines.load(reader);
      } catch (IOException | IllegalArgumentException absentOrBroken) {
        engines.clear();
      }
    }
    return engines;
  }

  private static String key(AttentionProblem problem, List<String> candidates) {
    return problem + " of " + String.join(", ", candidates);
  }
}
