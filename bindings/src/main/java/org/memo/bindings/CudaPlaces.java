package org.memo.bindings;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folders that may hold CUDA's libraries.
 *
 * @param chosen those that the user named in MEMO_CUDA_LIBRARIES
 * @param found the library folders of CUDA toolkits, then those of Python environments; each by the
 *     folder that an error message names
 */
record CudaPlaces(List<Path> chosen, Map<Path, List<Path>> found) {
  static final String VARIABLE = "MEMO_CUDA_LIBRARIES";

  /** The places of this process; the system property goes before the environment variable. */
  static CudaPlaces ofEnvironment() {
    Map<String, String> environment = new TreeMap<>(System.getenv());
    String property = System.getProperty(VARIABLE);
    if (property != null) {
      environment.put(VARIABLE, property);
    }
    return of(environment, Path.of("/"));
  }

  /**
   * The places that environment variables and the folders below {@code root} give.
   *
   * @throws MissingLibraryException where MEMO_CUDA_LIBRARIES names something that is no folder
   */
  static CudaPlaces of(Map<String, String> environment, Path root) {
    Map<Path, List<Path>> found = new LinkedHashMap<>();
    toolkits(environment, root).forEach(toolkit -> addToolkit(toolkit, found));
    prefixes(environment, root).forEach(prefix -> addPackages(prefix, found));
    return new CudaPlaces(chosenFolders(environment.get(VARIABLE)), found);
  }

  /** All folders, first those that the user named. */
  List<Path> folders() {
    return Stream.concat(chosen.stream(), found.values().stream().flatMap(List::stream)).toList();
  }

  /** Where was looked, for an error message. */
  String description() {
    List<String> names = new ArrayList<>();
    names.add(VARIABLE + (chosen.isEmpty() ? " (not set)" : " (" + joined(chosen) + ")"));
    found.keySet().forEach(place -> names.add(place.toString()));
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

  private static List<Path> toolkits(Map<String, String> environment, Path root) {
    List<Path> toolkits = new ArrayList<>();
    toolkits.addAll(split(environment.get("CUDA_HOME")));
    toolkits.addAll(split(environment.get("CUDA_PATH")));
    Path local = root.resolve("usr/local");
    toolkits.add(local.resolve("cuda"));
    toolkits.addAll(children(local, "cuda-*").reversed());
    return toolkits;
  }

  private static void addToolkit(Path toolkit, Map<Path, List<Path>> found) {
    for (String name : List.of("lib64", "targets/x86_64-linux/lib")) {
      Path folder = toolkit.resolve(name);
      if (Files.isDirectory(folder)
          && found.keySet().stream().noneMatch(known -> same(known, folder))) {
        found.put(folder, List.of(folder));
      }
    }
  }

  /** One toolkit is often reachable by several links. */
  private static boolean same(Path a, Path b) {
    try {
      return Files.isSameFile(a, b);
    } catch (IOException e) {
      return false;
    }
  }

  /** Folders below which a Python keeps its packages: the active environment, then python3. */
  private static List<Path> prefixes(Map<String, String> environment, Path root) {
    List<Path> prefixes = new ArrayList<>();
    prefixes.addAll(split(environment.get("VIRTUAL_ENV")));
    prefixes.addAll(split(environment.get("CONDA_PREFIX")));
    split(environment.get("PATH")).stream()
        .map(folder -> folder.resolve("python3"))
        .filter(Files::isExecutable)
        .findFirst()
        .ifPresent(python -> prefixes.addAll(prefixesOf(python)));
    split(environment.get("HOME")).forEach(home -> prefixes.add(home.resolve(".local")));
    prefixes.add(root.resolve("usr/local"));
    prefixes.add(root.resolve("usr"));
    return prefixes;
  }

  /** An environment's python3 is often a link; the link's own environment goes first. */
  private static List<Path> prefixesOf(Path python) {
    List<Path> prefixes = new ArrayList<>();
    prefixes.add(python.resolve("../..").normalize());
    try {
      prefixes.add(python.toRealPath().resolve("../..").normalize());
    } catch (IOException e) {
      // a link into nowhere: its own environment is all there is
    }
    return prefixes;
  }

  private static void addPackages(Path prefix, Map<Path, List<Path>> found) {
    for (String lib : List.of("lib", "lib64")) {
      for (Path python : children(prefix.resolve(lib), "python3*").reversed()) {
        for (String packages : List.of("site-packages", "dist-packages")) {
          Path nvidia = python.resolve(packages).resolve("nvidia");
          List<Path> folders =
              children(nvidia, "*").stream()
                  .map(child -> child.resolve("lib"))
                  .filter(Files::isDirectory)
                  .toList();
          if (!folders.isEmpty()) {
            found.putIfAbsent(nvidia, folders);
          }
        }
      }
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

  private static List<Path> split(@Nullable String paths) {
    return paths == null
        ? List.of()
        : Stream.of(paths.split(File.pathSeparator, -1))
            .filter(part -> !part.isBlank())
            .map(Path::of)
            .toList();
  }

  private static String joined(List<Path> folders) {
    return String.join(File.pathSeparator, folders.stream().map(Path::toString).toList());
  }
}
