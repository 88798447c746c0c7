package org.memo.bindings;

import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Finds a library's file: in the folder that the user named, else on the class path. */
final class NativeFinder {
  private final @Nullable Path nativeDir;
  private final ClassLoader classLoader;
  private final NativeCache cache;

  /**
   * @param nativeDir the folder that goes first, or null
   * @throws MissingLibraryException where that folder does not exist
   */
  NativeFinder(@Nullable Path nativeDir, ClassLoader classLoader, NativeCache cache) {
    if (nativeDir != null && !Files.isDirectory(nativeDir)) {
      throw new MissingLibraryException(
          "MEMO_NATIVE_DIR names %s, which is not a folder: give the folder of libmemo_host.so or unset it"
              .formatted(nativeDir));
    }
    this.nativeDir = nativeDir;
    this.classLoader = classLoader;
    this.cache = cache;
  }

  static NativeFinder ofEnvironment() {
    String folder = System.getProperty("MEMO_NATIVE_DIR", System.getenv("MEMO_NATIVE_DIR"));
    return new NativeFinder(
        folder == null ? null : Path.of(folder),
        NativeFinder.class.getClassLoader(),
        NativeCache.ofEnvironment());
  }

  /**
   * The file to load.
   *
   * @param resource the library's place on the class path; its last part is the file's name
   * @param howToGet what to do where it is missing, for the message
   */
  Path find(String resource, String howToGet) {
    String fileName = resource.substring(resource.lastIndexOf('/') + 1);
    if (nativeDir != null && Files.isRegularFile(nativeDir.resolve(fileName))) {
      return nativeDir.resolve(fileName).toAbsolutePath();
    }
    URL url = classLoader.getResource(resource);
    if (url == null) {
      throw new MissingLibraryException(
          "the native library %s is missing: looked in MEMO_NATIVE_DIR (%s) and for %s on the class path; %s"
              .formatted(fileName, nativeDir == null ? "not set" : nativeDir, resource, howToGet));
    }
    return cache.fileOf(url);
  }
}
