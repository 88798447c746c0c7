package org.memo.planner.ortools;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.CRC32;

/**
 * A jar's folder of libraries that need each other, as files side by side. The folder is named by
 * the checksums and sizes that the jar states, so another version gets another folder. Each file
 * appears by an atomic rename: processes that start at once both unpack, either's files are whole,
 * and a file that was lost or cut is written again.
 *
 * @param cacheFolders where to unpack, the first that can be written
 */
record NativeFolder(List<Path> cacheFolders) {

  NativeFolder {
    cacheFolders = List.copyOf(cacheFolders);
  }

  /** The file behind a class path resource, with all files beside it where it lies in a jar. */
  Path fileOf(URL resource) throws IOException {
    if (resource.getProtocol().equals("file")) {
      return Path.of(URI.create(resource.toString()));
    }
    URLConnection connection = resource.openConnection();
    if (!(connection instanceof JarURLConnection jar)) {
      throw new IOException("%s is neither a file nor in a jar".formatted(resource));
    }
    String path = jar.getEntryName();
    String prefix = path.substring(0, path.lastIndexOf('/') + 1);
    return unpack(jar.getJarFile(), prefix).resolve(path.substring(prefix.length()));
  }

  private Path unpack(JarFile jar, String prefix) throws IOException {
    List<JarEntry> entries =
        jar.stream()
            .filter(entry -> entry.getName().startsWith(prefix) && !entry.isDirectory())
            .toList();
    String name = prefix.substring(0, prefix.length() - 1) + "-" + checksum(entries);
    List<String> failures = new ArrayList<>();
    for (Path cacheFolder : cacheFolders) {
      Path folder = cacheFolder.resolve(name);
      try {
        for (JarEntry entry : entries) {
          Path file = folder.resolve(entry.getName().substring(prefix.length()));
          if (!isWhole(file, entry)) {
            write(jar, entry, file);
          }
        }
        return folder;
      } catch (IOException e) {
        failures.add(e.toString());
      }
    }
    throw new IOException(
        "they cannot be unpacked (%s); set MEMO_CACHE to a folder that can be written"
            .formatted(String.join("; ", failures)));
  }

  private static String checksum(List<JarEntry> entries) {
    CRC32 all = new CRC32();
    for (JarEntry entry : entries) {
      String line = "%s %d %d\n".formatted(entry.getName(), entry.getCrc(), entry.getSize());
      all.update(line.getBytes(StandardCharsets.UTF_8));
    }
    return "%08x".formatted(all.getValue());
  }

  private static boolean isWhole(Path file, JarEntry entry) throws IOException {
    return Files.isRegularFile(file) && Files.size(file) == entry.getSize();
  }

  private static void write(JarFile jar, JarEntry entry, Path file) throws IOException {
    Path folder = Files.createDirectories(file.getParent());
    Path partial = Files.createTempFile(folder, file.getFileName().toString(), ".partial");
    try {
      try (InputStream in = jar.getInputStream(entry)) {
        Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
      }
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(partial);
    }
  }
}
