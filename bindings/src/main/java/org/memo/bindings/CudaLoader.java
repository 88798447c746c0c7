package org.memo.bindings;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Loads each CUDA library once, after those that it needs, and keeps why one cannot be used. */
final class CudaLoader {
  private static final String NATIVE_FOLDER = "META-INF/memo/native/linux-x86_64/";

  /** The test double of the CUDA runtime has this function. */
  private static final String EMULATION_MARK = "memo_emulation_launch";

  /** A library that is used, or why it is not: one of the first two, or the reason. */
  record Outcome(@Nullable SymbolLookup lookup, @Nullable LibraryReport report, String reason) {

    static Outcome missing(MissingLibraryException reason) {
      return new Outcome(null, null, String.valueOf(reason.getMessage()));
    }

    /**
     * @throws MissingLibraryException where the library is not used
     */
    SymbolLookup requireLookup() {
      if (lookup == null) {
        throw new MissingLibraryException(reason);
      }
      return lookup;
    }
  }

  private final CudaPlaces places;
  private final NativeFinder ownLibraries;
  private final Function<String, SymbolLookup> systemPath;
  private final Map<CudaLibrary, Outcome> outcomes = new EnumMap<>(CudaLibrary.class);

  /**
   * @param ownLibraries finds those that this project builds where no place holds them
   * @param systemPath opens a library by its file's name, or throws IllegalArgumentException
   */
  CudaLoader(
      CudaPlaces places, NativeFinder ownLibraries, Function<String, SymbolLookup> systemPath) {
    this.places = places;
    this.ownLibraries = ownLibraries;
    this.systemPath = systemPath;
  }

  static CudaLoader ofEnvironment() {
    return new CudaLoader(
        CudaPlaces.ofEnvironment(),
        NativeFinder.ofEnvironment(),
        name -> SymbolLookup.libraryLookup(name, Arena.global()));
  }

  /** What became of the library; loads it when it is asked for first. */
  synchronized Outcome outcome(CudaLibrary library) {
    Outcome outcome = outcomes.get(library);
    if (outcome == null) {
      outcome = load(library);
      outcomes.put(library, outcome);
    }
    return outcome;
  }

  private Outcome load(CudaLibrary library) {
    try {
      for (CudaLibrary needed : CudaLibrary.values()) {
        if (library.needs(needed) && outcome(needed).lookup() == null) {
          throw new MissingLibraryException(
              library.title() + " needs " + needed.title() + ", which cannot be used");
        }
      }
      requireNoEmulationFor(library);
      return open(library);
    } catch (MissingLibraryException e) {
      return Outcome.missing(e);
    }
  }

  /** cuDNN calls libraries of CUDA in ways that the test doubles do not serve. */
  private void requireNoEmulationFor(CudaLibrary library) {
    if (library == CudaLibrary.CUDNN && isEmulated(outcome(CudaLibrary.CUDART).lookup())) {
      throw new MissingLibraryException("cuDNN is not used with the CUDA emulation");
    }
  }

  /** NCCL has a test double; NVIDIA's does not know the emulation's memory. */
  private void requireOfTheEmulation(CudaLibrary library, SymbolLookup opened) {
    if (library == CudaLibrary.NCCL
        && isEmulated(outcome(CudaLibrary.CUDART).lookup())
        && !isEmulated(opened)) {
      throw new MissingLibraryException("NVIDIA's NCCL is not used with the CUDA emulation");
    }
  }

  /** A lookup also finds what the library is linked to. */
  private static boolean isEmulated(@Nullable SymbolLookup library) {
    return library != null && library.find(EMULATION_MARK).isPresent();
  }

  private Outcome open(CudaLibrary library) {
    Optional<Path> file = file(library);
    SymbolLookup lookup =
        file.isPresent()
            ? NativeLoader.open(file.get(), library.howToGet())
            : openFromSystem(library);
    requireOfTheEmulation(library, lookup);
    String version = library.requireVersion(lookup);
    Path path = file.orElseGet(() -> mappedFile(library));
    return new Outcome(lookup, new LibraryReport(library.title(), version, path), "");
  }

  private Optional<Path> file(CudaLibrary library) {
    Stream<Path> folders = library.isOurs() ? places.chosen().stream() : places.folders();
    Optional<Path> file =
        folders
            .map(folder -> folder.resolve(library.fileName()).toAbsolutePath())
            .filter(Files::isRegularFile)
            .findFirst();
    return file.isPresent() || !library.isOurs()
        ? file
        : Optional.of(ownLibraries.find(NATIVE_FOLDER + library.fileName(), library.howToGet()));
  }

  private SymbolLookup openFromSystem(CudaLibrary library) {
    try {
      return systemPath.apply(library.fileName());
    } catch (IllegalArgumentException e) {
      throw new MissingLibraryException(
          "%s is missing: looked for %s in %s%s; %s"
              .formatted(
                  library.title(),
                  library.fileName(),
                  places.description(),
                  otherVersions(library),
                  library.howToGet()),
          e);
    }
  }

  /** Names the libraries of another major version that were met instead. */
  private String otherVersions(CudaLibrary library) {
    String anyVersion = library.fileName().replaceFirst("so\\.\\d+$", "so.[0-9]*");
    List<String> others =
        places
            .folders()
            .flatMap(folder -> CudaPlaces.children(folder, anyVersion).stream())
            .map(Path::toString)
            .toList();
    return others.isEmpty() ? "" : " (another version is at " + others.getFirst() + ")";
  }

  private static Path mappedFile(CudaLibrary library) {
    String name = library.fileName().replaceFirst("\\.so.*$", ".so");
    List<Path> files = NativeLoader.mappedFiles(name);
    return files.isEmpty() ? Path.of(library.fileName()) : files.getFirst();
  }
}
