package org.memo.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.memo.bindings.Messages.assertSays;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibrariesTest {
  @TempDir Path folder;

  @Test
  void allLibrariesAreReportedWithTheirVersionAndFile() {
    List<LibraryReport> report = NativeLibraries.report();
    assertEquals(
        List.of("OpenMP runtime", "Memo kernels", "oneDNN"),
        report.stream().map(LibraryReport::name).toList());
    assertTrue(report.getLast().version().matches("\\d+\\.\\d+\\.\\d+"), report.toString());
    assertTrue(report.stream().allMatch(library -> Files.exists(library.path())));
  }

  @Test
  void oneOpenMpRuntimeServesAll() {
    NativeLibraries.load();
    assertEquals(1, NativeLoader.mappedFiles("libgomp").size());
  }

  @Test
  void anUnknownFunctionIsAnotherVersion() {
    MissingLibraryException e =
        assertThrows(
            MissingLibraryException.class, () -> NativeLibraries.symbol("kernels", "memo_nothing"));
    assertSays("memo_nothing", e);
  }

  @Test
  void aMissingLibrarySaysWhatWasLookedForWhereAndHowToGetIt() {
    NativeFinder finder = new NativeFinder(folder, emptyClassPath(), new NativeCache(List.of()));
    MissingLibraryException e =
        assertThrows(
            MissingLibraryException.class, () -> finder.find("some/libx.so", "install it"));
    assertEquals(
        "the native library libx.so is missing: looked in MEMO_NATIVE_DIR (%s) and for some/libx.so on the class path; install it"
            .formatted(folder),
        e.getMessage());
  }

  @Test
  void aFolderThatDoesNotExistIsNamed() {
    Path missing = folder.resolve("nowhere");
    MissingLibraryException e =
        assertThrows(
            MissingLibraryException.class,
            () -> new NativeFinder(missing, emptyClassPath(), new NativeCache(List.of())));
    assertSays(missing.toString(), e);
  }

  @Test
  void theUsersFolderGoesFirst() throws IOException {
    Path library = Files.writeString(folder.resolve("libdnnl.so.3"), "");
    NativeFinder finder =
        new NativeFinder(
            folder, NativeLibrariesTest.class.getClassLoader(), new NativeCache(List.of()));
    assertEquals(library, finder.find("org/bytedeco/dnnl/linux-x86_64/libdnnl.so.3", ""));
  }

  @Test
  void aLibraryOfAnotherMachineIsAnsweredWithTheLinkersText() throws IOException {
    byte[] library = Files.readAllBytes(NativeLibraries.report().get(1).path());
    library[18] = (byte) 183; // e_machine of the ELF header: AArch64
    Files.write(folder.resolve("libmemo_host.so"), library);
    NativeFinder finder =
        new NativeFinder(
            folder, NativeLibrariesTest.class.getClassLoader(), new NativeCache(List.of()));
    MissingLibraryException e =
        assertThrows(MissingLibraryException.class, () -> new NativeLoader(finder).load());
    assertSays("libmemo_host.so cannot be loaded", e);
    assertSays("AARCH64", e);
  }

  @Test
  void anotherVersionOfTheKernelsIsRefused() {
    MissingLibraryException e =
        assertThrows(
            MissingLibraryException.class,
            () -> NativeLoader.requireKernelsVersion(Path.of("libmemo_host.so"), 99));
    assertSays("has version 99", e);
  }

  @Test
  void howOpenMpWaitsIsTheUsersChoiceFirst() {
    assertTrue(OpenMpWaiting.isChosen(Map.of("OMP_WAIT_POLICY", "active")));
    assertTrue(OpenMpWaiting.isChosen(Map.of("GOMP_SPINCOUNT", "0")));
    assertFalse(OpenMpWaiting.isChosen(Map.of("OMP_NUM_THREADS", "2")));
  }

  private static ClassLoader emptyClassPath() {
    return new ClassLoader(null) {};
  }
}
