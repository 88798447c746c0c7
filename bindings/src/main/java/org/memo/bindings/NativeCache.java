package org.memo.bindings;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Libraries from jars as files. An entry's folder is named by the checksum and the size that the
 * jar states, so a changed library is noticed without reading it. A file appears by an atomic
 * rename: processes that start at once both unpack, and either's file is whole.
 */
final class NativeCache {
  private final List<Path> folders;

  /** {@code folders}: where to unpack, the first that can be written. */
  NativeCache(List<Path> folders) {
    this.folders = List.copyOf(folders);
  }

  static NativeCache ofEnvironment() {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    String user = System.getProperty("user.name", "user");
    return new NativeCache(
        List.of(
            userFolder(System.getenv(), Path.of(System.getProperty("user.home"))),
            temporary.resolve("memo-cache-" + user)));
  }

  static Path userFolder(Map<String, String> environment, Path home) {
    String memoCache = environment.get("MEMO_CACHE");
    if (memoCache != null) {
      return Path.of(memoCache);
    }
    String xdgCache = environment.get("XDG_CACHE_HOME");
    return (xdgCache != null ? Path.of(xdgCache) : home.resolve(".cache")).resolve("memo");
  }

  /** The file behind a class path resource, unpacked where it lies in a jar. */
  Path fileOf(URL resource) {
    try {
      if (resource.getProtocol().equals("file")) {
        return Path.of(URI.create(resource.toString()));
      }
      URLConnection connection = resource.openConnection();
      if (!(connection instanceof JarURLConnection jar)) {
        throw new IOException("neither a file nor in a jar");
      }
      return unpack(jar);
    } catch (IOException e) {
      throw new MissingLibraryException(
          "the native library %s cannot be read: %s".formatted(resource, e.getMessage()), e);
    }
  }

  private Path unpack(JarURLConnection jar) throws IOException {
    long sizeBytes = jar.getJarEntry().getSize();
    String name = jar.getEntryName().substring(jar.getEntryName().lastIndexOf('/') + 1);
    String folder = "%s-%08x-%d".formatted(name, jar.getJarEntry().getCrc(), sizeBytes);
    List<String> failures = new ArrayList<>();
    for (Path cacheFolder : folders) {
      Path file = cacheFolder.resolve(folder).resolve(name);
      if (Files.isRegularFile(file) && Files.size(file) == sizeBytes) {
        return file;
      }
      try {
        write(jar, file);
        return file;
      } catch (IOException | UncheckedIOException e) {
        failures.add(e.toString());
      }
    }
    throw new IOException(
        "it cannot be unpacked (%s); set MEMO_CACHE to a folder that can be written"
            .formatted(String.join("; ", failures)));
  }

  private static void write(JarURLConnection jar, Path file) throws IOException {
    Path folder = Files.createDirectories(file.getParent());
    Path partial = Files.createTempFile(folder, file.getFileName().toString(), ".partial");
    try {
      try (InputStream in = jar.getJarFile().getInputStream(jar.getJarEntry())) {
        Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
      }
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
    }
  }
}
