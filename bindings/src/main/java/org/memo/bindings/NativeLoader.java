package org.memo.bindings;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.memo.bindings.kernels.KernelsVersion;

/** Loads the libraries in the one order in which they share an OpenMP runtime. */
final class NativeLoader {
  private static final String ONEDNN_FOLDER = "org/bytedeco/dnnl/linux-x86_64/";
  private static final String GET_ONEDNN =
      "add org.bytedeco:dnnl with the classifier linux-x86_64 to the class path";
  private static final String GET_KERNELS = "build it with mvn package (needs g++ and cmake)";

  /** The libraries by the names that the generated bindings use. */
  record Loaded(Map<String, SymbolLookup> lookups, List<LibraryReport> report) {}

  private final NativeFinder finder;

  NativeLoader(NativeFinder finder) {
    this.finder = finder;
  }

  Loaded load() {
    requireLinux();
    // The order matters: what is loaded under the name libgomp.so.1 first serves all libraries that
    // need that name.
    OpenMpWaiting.setUnlessChosen();
    loadOpenMp();
    Path kernelsFile =
        finder.find("META-INF/memo/native/linux-x86_64/libmemo_host.so", GET_KERNELS);
    SymbolLookup kernels = open(kernelsFile, GET_KERNELS);
    int version = kernelsVersion(kernels);
    requireKernelsVersion(kernelsFile, version);
    Path oneDnnFile = finder.find(ONEDNN_FOLDER + "libdnnl.so.3", GET_ONEDNN);
    SymbolLookup oneDnn = open(oneDnnFile, GET_ONEDNN);

    List<LibraryReport> report = new ArrayList<>();
    for (Path file : mappedFiles("libgomp")) {
      report.add(new LibraryReport("OpenMP runtime", "", file));
    }
    report.add(new LibraryReport("Memo kernels", Integer.toString(version), kernelsFile));
    report.add(new LibraryReport("oneDNN", oneDnnVersion(oneDnn), oneDnnFile));
    return new Loaded(Map.of("kernels", kernels, "onednn", oneDnn), List.copyOf(report));
  }

  /** The files whose name starts with {@code prefix} that this process has mapped. */
  static List<Path> mappedFiles(String prefix) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines
          .filter(line -> line.contains("/" + prefix))
          .map(line -> Path.of(line.substring(line.indexOf('/'))))
          .filter(path -> path.getFileName().toString().startsWith(prefix))
          .distinct()
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  static void requireKernelsVersion(Path file, int version) {
    int expected = KernelsVersion.expected();
    if (version != expected) {
      throw new MissingLibraryException(
          "%s has version %d, but version %d is needed: %s"
              .formatted(file, version, expected, GET_KERNELS));
    }
  }

  private static void requireLinux() {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!system.equals("Linux amd64")) {
      throw new MissingLibraryException(
          "the native libraries are for Linux on x86-64, and this is " + system);
    }
  }

  private void loadOpenMp() {
    try {
      SymbolLookup.libraryLookup("libgomp.so.1", Arena.global());
    } catch (IllegalArgumentException systemHasNone) {
      open(finder.find(ONEDNN_FOLDER + "libgomp.so.1", GET_ONEDNN), GET_ONEDNN);
    }
  }

  /** The library, or what the dynamic linker says of it. */
  static SymbolLookup open(Path file, String howToGet) {
    Optional<String> broken = ElfFile.brokenBecause(file);
    if (broken.isPresent()) {
      throw new MissingLibraryException(
          "the native library %s is broken: %s; %s".formatted(file, broken.get(), howToGet));
    }
    try {
      return SymbolLookup.libraryLookup(file, Arena.global());
    } catch (IllegalArgumentException e) {
      throw new MissingLibraryException(
          "the native library %s cannot be loaded: %s; %s"
              .formatted(file, linkerText(file), howToGet),
          e);
    }
  }

  /** Why the file cannot be loaded. Only System.load passes on what the dynamic linker says. */
  private static @Nullable String linkerText(Path file) {
    try {
      System.load(file.toString());
      return "it could not be opened";
    } catch (UnsatisfiedLinkError e) {
      return e.getMessage();
    }
  }

  private static int kernelsVersion(SymbolLookup kernels) {
    try {
      return (int) function(kernels, "memo_version", FunctionDescriptor.of(JAVA_INT)).invokeExact();
    } catch (Throwable e) {
      throw new LinkageError("memo_version", e);
    }
  }

  private static String oneDnnVersion(SymbolLookup oneDnn) {
    try {
      MethodHandle handle = function(oneDnn, "dnnl_version", FunctionDescriptor.of(ADDRESS));
      // dnnl_version_t starts with the ints major, minor, patch
      MemorySegment numbers = ((MemorySegment) handle.invokeExact()).reinterpret(12);
      return "%d.%d.%d"
          .formatted(
              numbers.getAtIndex(JAVA_INT, 0),
              numbers.getAtIndex(JAVA_INT, 1),
              numbers.getAtIndex(JAVA_INT, 2));
    } catch (Throwable e) {
      throw new LinkageError("dnnl_version", e);
    }
  }

  private static MethodHandle function(
      SymbolLookup library, String name, FunctionDescriptor descriptor) {
    MemorySegment address =
        library
            .find(name)
            .orElseThrow(() -> new MissingLibraryException("a native library has no " + name));
    return Linker.nativeLinker().downcallHandle(address, descriptor);
  }
}
