package org.memo.bindings;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The folders that may hold CUDA's libraries, in the order in which they are looked through. */
final class CudaPlaces {
  static final String VARIABLE = "MEMO_CUDA_LIBRARIES";

  private final List<Path> chosen;
  private final List<Path> toolkits;
  private final PythonPackages python;

  private CudaPlaces(List<Path> chosen, List<Path> toolkits, PythonPackages python) {
    this.chosen = chosen;
    this.toolkits = toolkits;
    this.python = python;
  }

  /** The places of this process; the system property goes before the environment variable. */
  static CudaPlaces ofEnvironment() {
    Map<String, String> environment = new TreeMap<>(System.getenv());
    String property = System.getProperty(VARIABLE);
    if (property != null) {
      environment.put(VARIABLE, property);
    }
    return of(environment, Path.of("/usr/local"));
  }

  /**
   * The places that environment variables give, and the toolkits in a folder.
   *
   * @throws MissingLibraryException where MEMO_CUDA_LIBRARIES names something that is no folder
   */
  static CudaPlaces of(Map<String, String> environment, Path toolkitsFolder) {
    return new CudaPlaces(
        chosenFolders(environment.get(VARIABLE)),
        toolkitFolders(environment, toolkitsFolder),
        new PythonPackages(environment));
  }

  /** The folders that the user named in MEMO_CUDA_LIBRARIES. */
  List<Path> chosen() {
    return chosen;
  }

  /** All folders; Python is asked only when the stream comes to its packages. */
  Stream<Path> folders() {
    Stream<Supplier<List<Path>>> places =
        Stream.of(() -> chosen, () -> toolkits, python::libraryFolders);
    return places.flatMap(place -> place.get().stream());
  }

  /** Where was looked, for an error message. */
  String description() {
    List<String> names = new ArrayList<>();
    names.add(
        chosen.isEmpty()
            ? VARIABLE + " (not set)"
            : VARIABLE + " (" + joined(File.pathSeparator, chosen) + ")");
    names.add(toolkits.isEmpty() ? "CUDA toolkits (none)" : joined(", ", toolkits));
    List<Path> packages = python.packageFolders();
    names.add(packages.isEmpty() ? "Python's packages (none)" : joined(", ", packages));
    return String.join(", ", names) + " and on the system's path";
  }

  private static List<Path> chosenFolders(@Nullable String value) {
    List<Path> folders = split(value);
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        throw new MissingLibraryException(
            "%s names %s, which is not a folder: give the folders of libcudart.so.13 and the other CUDA libraries, separated by '%s', or unset it"
                .formatted(VARIABLE, folder, File.pathSeparator));
      }
    }
    return folders;
  }

  private static List<Path> toolkitFolders(Map<String, String> environment, Path toolkitsFolder) {
    List<Path> toolkits = new ArrayList<>();
    toolkits.addAll(split(environment.get("CUDA_HOME")));
    toolkits.addAll(split(environment.get("CUDA_PATH")));
    toolkits.add(toolkitsFolder.resolve("cuda"));
    toolkits.addAll(children(toolkitsFolder, "cuda-*").reversed());
    List<Path> folders = new ArrayList<>();
    for (Path toolkit : toolkits) {
      for (String name : List.of("lib64", "targets/x86_64-linux/lib")) {
        Path folder = toolkit.resolve(name);
        if (Files.isDirectory(folder) && folders.stream().noneMatch(known -> same(known, folder))) {
          folders.add(folder);
        }
      }
    }
    return folders;
  }

  /** One toolkit is often reachable by several links. */
  private static boolean same(Path a, Path b) {
    try {
      return Files.isSameFile(a, b);
    } catch (IOException e) {
      return false;
    }
  }

  /** What lies in a folder and matches, in the order of the names; nothing where there is none. */
  static List<Path> children(Path folder, String glob) {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
      entries.forEach(children::add);
    } catch (IOException e) {
      return List.of();
    }
    children.sort(Comparator.naturalOrder());
    return children;
  }

  /** The folders of a variable such as PATH. */
  static List<Path> split(@Nullable String paths) {
    return paths == null
        ? List.of()
        : Stream.of(paths.split(File.pathSeparator, -1))
            .filter(part -> !part.isBlank())
            .map(Path::of)
            .toList();
  }

  private static String joined(String separator, List<Path> folders) {
    return String.join(separator, folders.stream().map(Path::toString).toList());
  }
}
