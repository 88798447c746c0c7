package org.memo.bindings;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The libraries of NVIDIA's Python packages, which lie in {@code nvidia/NAME/lib}: those of the
 * active environment, then those of the {@code python3} on the PATH, which is asked where it keeps
 * packages when that is first needed.
 */
final class PythonPackages {
  private static final String PRINT_FOLDERS = "import sys; print(*sys.path, sep='\\n')";
  private static final long PATIENCE_SECONDS = 10;

  private final Map<String, String> environment;
  private @Nullable List<Path> packageFolders;

  PythonPackages(Map<String, String> environment) {
    this.environment = environment;
  }

  /** The folders that hold shared libraries. */
  List<Path> libraryFolders() {
    return packageFolders().stream()
        .flatMap(nvidia -> CudaPlaces.children(nvidia, "*").stream())
        .map(child -> child.resolve("lib"))
        .filter(Files::isDirectory)
        .toList();
  }

  /** The folders {@code nvidia} that there are. */
  synchronized List<Path> packageFolders() {
    List<Path> result = packageFolders;
    if (result == null) {
      Set<Path> packages = new LinkedHashSet<>();
      for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
        for (Path prefix : CudaPlaces.split(environment.get(variable))) {
          CudaPlaces.children(prefix.resolve("lib"), "python3*")
              .forEach(python -> packages.add(python.resolve("site-packages")));
        }
      }
      python().ifPresent(python -> packages.addAll(foldersOf(python)));
      result =
          packages.stream()
              .map(folder -> folder.resolve("nvidia"))
              .filter(Files::isDirectory)
              .toList();
      packageFolders = result;
    }
    return result;
  }

  private Optional<Path> python() {
    return CudaPlaces.split(environment.get("PATH")).stream()
        .map(folder -> folder.resolve("python3"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** What Python answers, or nothing where it fails or takes too long. */
  private static List<Path> foldersOf(Path python) {
    try {
      Path output = Files.createTempFile("memo-python", ".txt");
      try {
        Process process =
            new ProcessBuilder(python.toString(), "-c", PRINT_FOLDERS)
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.getOutputStream().close();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
          process.destroyForcibly();
          return List.of();
        }
        return paths(Files.readAllLines(output, StandardCharsets.UTF_8));
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      return List.of();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return List.of();
    }
  }

  private static List<Path> paths(List<String> lines) {
    return lines.stream().filter(line -> line.startsWith("/")).map(Path::of).toList();
  }
}
