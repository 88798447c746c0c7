package org.memo.bindings;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.memo.bindings.Messages.assertSays;

import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeCacheTest {
  private static final byte[] LIBRARY = {1, 2, 3, 4};

  @TempDir Path folder;

  @Test
  void aLibraryIsUnpackedOnce() throws IOException {
    NativeCache cache = new NativeCache(List.of(folder.resolve("cache")));
    URL resource = jar("a.jar", LIBRARY);
    Path file = cache.fileOf(resource);
    assertArrayEquals(LIBRARY, Files.readAllBytes(file));
    assertEquals("lib.so", file.getFileName().toString());
    Files.write(file, new byte[] {9, 9, 9, 9});
    assertArrayEquals(new byte[] {9, 9, 9, 9}, Files.readAllBytes(cache.fileOf(resource)));
  }

  @Test
  void aChangedLibraryGetsAnotherFile() throws IOException {
    NativeCache cache = new NativeCache(List.of(folder.resolve("cache")));
    Path before = cache.fileOf(jar("a.jar", LIBRARY));
    Path after = cache.fileOf(jar("b.jar", new byte[] {1, 2, 3, 5}));
    assertNotEquals(before, after);
    assertArrayEquals(new byte[] {1, 2, 3, 5}, Files.readAllBytes(after));
  }

  @Test
  void aTruncatedEntryIsUnpackedAgain() throws IOException {
    NativeCache cache = new NativeCache(List.of(folder.resolve("cache")));
    URL resource = jar("a.jar", LIBRARY);
    Files.write(cache.fileOf(resource), new byte[] {1});
    assertArrayEquals(LIBRARY, Files.readAllBytes(cache.fileOf(resource)));
  }

  @Test
  void whereTheFirstFolderCannotBeWrittenTheNextOneServes() throws IOException {
    Path file = Files.writeString(folder.resolve("no-folder"), "");
    NativeCache cache = new NativeCache(List.of(file.resolve("x"), folder.resolve("second")));
    assertTrue(cache.fileOf(jar("a.jar", LIBRARY)).startsWith(folder.resolve("second")));
  }

  @Test
  void whereNoFolderCanBeWrittenTheMessageSaysWhatToDo() throws IOException {
    Path file = Files.writeString(folder.resolve("no-folder"), "");
    NativeCache cache = new NativeCache(List.of(file.resolve("x")));
    URL resource = jar("a.jar", LIBRARY);
    MissingLibraryException e =
        assertThrows(MissingLibraryException.class, () -> cache.fileOf(resource));
    assertSays("set MEMO_CACHE", e);
  }

  @Test
  void thoseThatStartAtOnceAllGetAWholeFileAndLeaveNothingElse() throws IOException {
    Path cacheFolder = folder.resolve("cache");
    byte[] library = new byte[3 << 20];
    URL resource = jar("a.jar", library);
    IntStream.range(0, 8)
        .parallel()
        .forEach(i -> {
          Path file = new NativeCache(List.of(cacheFolder)).fileOf(resource);
          assertEquals(library.length, file.toFile().length());
        });
    try (Stream<Path> files = Files.walk(cacheFolder)) {
      assertEquals(1, files.filter(Files::isRegularFile).count());
    }
  }

  @Test
  void aPlainFileIsUsedWhereItLies() throws IOException {
    Path file = Files.write(folder.resolve("lib with blank.so"), LIBRARY);
    assertEquals(file, new NativeCache(List.of()).fileOf(file.toUri().toURL()));
  }

  @Test
  void theUsersFolderIsMemoCacheElseTheCacheOfTheSystem() {
    Path home = Path.of("/home/u");
    assertEquals(Path.of("/x"), NativeCache.userFolder(Map.of("MEMO_CACHE", "/x"), home));
    assertEquals(Path.of("/c/memo"), NativeCache.userFolder(Map.of("XDG_CACHE_HOME", "/c"), home));
    assertEquals(Path.of("/home/u/.cache/memo"), NativeCache.userFolder(Map.of(), home));
  }

  private URL jar(String name, byte[] library) throws IOException {
    Path jar = folder.resolve(name);
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new JarEntry("some/lib.so"));
      out.write(library);
    }
    return URI.create("jar:" + jar.toUri() + "!/some/lib.so").toURL();
  }
}
