package org.memo.planner.ortools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.ortools.linearsolver.MPSolver;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class OrToolsNativesTest {

  @Test
  void manyThreadsMayLoadAtOnceAndAgain() throws InterruptedException {
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    var threads = Stream.generate(() -> new Thread(OrToolsNatives::load)).limit(8).toList();
    for (Thread thread : threads) {
      thread.setUncaughtExceptionHandler((failed, failure) -> failures.add(failure));
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertNull(failures.peek());
    assertEquals(Optional.empty(), OrToolsNatives.unavailability());
    assertTrue(MPSolver.createSolver("GLOP").solverVersion().startsWith("Glop"));
  }

  @Test
  void aPlatformsFolderIsNamedAsInTheJars() {
    assertEquals("ortools-linux-x86-64", OrToolsNatives.folderFor("Linux", "amd64"));
    assertEquals("ortools-linux-aarch64", OrToolsNatives.folderFor("Linux", "aarch64"));
    assertEquals("ortools-darwin-x86-64", OrToolsNatives.folderFor("Mac OS X", "x86_64"));
    assertEquals("ortools-win32-x86-64", OrToolsNatives.folderFor("Windows 11", "amd64"));
  }

  @Test
  void theCacheIsWhereTheUserWantsIt() {
    Path home = Path.of("/home/u");
    assertEquals(Path.of("/home/u/.cache/memo"), OrToolsNatives.userFolder(Map.of(), home));
    assertEquals(
        Path.of("/x/memo"), OrToolsNatives.userFolder(Map.of("XDG_CACHE_HOME", "/x"), home));
    assertEquals(
        Path.of("/m"),
        OrToolsNatives.userFolder(Map.of("XDG_CACHE_HOME", "/x", "MEMO_CACHE", "/m"), home));
  }
}
