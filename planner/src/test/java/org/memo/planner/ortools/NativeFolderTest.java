package org.memo.planner.ortools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeFolderTest {

  @TempDir Path folder;
  private Path cache;

  @BeforeEach
  void nameTheCache() {
    cache = folder.resolve("cache");
  }

  @Test
  void allFilesBesideTheLibraryAreUnpackedAndNoOthers() throws IOException {
    URL library = jar("1", Map.of("natives/a.so", "A", "natives/b.so", "B", "other/c.so", "C"));
    Path file = new NativeFolder(List.of(cache)).fileOf(library);
    assertEquals("A", Files.readString(file));
    assertEquals("B", Files.readString(file.resolveSibling("b.so")));
    assertEquals(2, countFiles(cache));
  }

  @Test
  void laterStartsReuseTheFiles() throws IOException {
    URL library = jar("1", Map.of("natives/a.so", "A", "natives/b.so", "B"));
    Path file = new NativeFolder(List.of(cache)).fileOf(library);
    FileTime longAgo = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(file, longAgo);
    assertEquals(file, new NativeFolder(List.of(cache)).fileOf(library));
    assertEquals(longAgo, Files.getLastModifiedTime(file));
  }

  @Test
  void lostAndCutFilesAreWrittenAgain() throws IOException {
    URL library = jar("1", Map.of("natives/a.so", "AAA", "natives/b.so", "BBB"));
    Path file = new NativeFolder(List.of(cache)).fileOf(library);
    Files.delete(file);
    Files.writeString(file.resolveSibling("b.so"), "B");
    new NativeFolder(List.of(cache)).fileOf(library);
    assertEquals("AAA", Files.readString(file));
    assertEquals("BBB", Files.readString(file.resolveSibling("b.so")));
  }

  @Test
  void anotherVersionGetsAnotherFolder() throws IOException {
    NativeFolder natives = new NativeFolder(List.of(cache));
    Path first = natives.fileOf(jar("1", Map.of("natives/a.so", "A", "natives/b.so", "B")));
    Path second = natives.fileOf(jar("2", Map.of("natives/a.so", "A", "natives/b.so", "C")));
    assertNotEquals(first.getParent(), second.getParent());
    assertEquals("B", Files.readString(first.resolveSibling("b.so")));
  }

  @Test
  void aFolderThatCannotBeWrittenIsPassedOver() throws IOException {
    URL library = jar("1", Map.of("natives/a.so", "A"));
    Path blocked = Files.writeString(folder.resolve("blocked"), "a file, not a folder");
    Path file = new NativeFolder(List.of(blocked, cache)).fileOf(library);
    assertTrue(file.startsWith(cache));
    IOException failure =
        assertThrows(IOException.class, () -> new NativeFolder(List.of(blocked)).fileOf(library));
    assertTrue(failure.getMessage().contains("MEMO_CACHE"), failure.getMessage());
  }

  @Test
  void startersAtOnceFindWholeFiles() throws IOException {
    Map<String, String> entries = new TreeMap<>();
    for (int i = 0; i < 50; i++) {
      entries.put("natives/%d.so".formatted(i), "x".repeat(10_000 + i));
    }
    URL library = jar("1", entries);
    // Whoever comes to the end has a folder in which every file is whole, whatever others do.
    IntStream.range(0, 8)
        .parallel()
        .forEach(starter -> {
          try {
            Path file = new NativeFolder(List.of(cache)).fileOf(library);
            for (int i = 0; i < 50; i++) {
              Path sibling = file.resolveSibling(i + ".so");
              assertEquals(10_000 + i, Files.size(sibling));
            }
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
    assertEquals(50, countFiles(cache));
  }

  /** A jar of these entries; the address of the first by name. */
  private URL jar(String name, Map<String, String> entries) throws IOException {
    Path jar = folder.resolve(name + ".jar");
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, String> entry : new TreeMap<>(entries).entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
      }
    }
    String first = new TreeMap<>(entries).firstKey();
    return URI.create("jar:%s!/%s".formatted(jar.toUri(), first)).toURL();
  }

  private static long countFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).count();
    }
  }
}
