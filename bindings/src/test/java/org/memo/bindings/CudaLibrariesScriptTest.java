package org.memo.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bindings/cuda-libraries} without the network: python3 is one that is made here. */
class CudaLibrariesScriptTest {
  // Maven runs a module's tests in the module's folder
  private static final Path SCRIPT = Path.of("cuda-libraries").toAbsolutePath();

  private record Answer(int status, List<String> lines) {}

  @TempDir Path folder;

  @Test
  void withoutPipOneSentenceSaysSo() throws Exception {
    python("exit 1");
    assertEquals(
        new Answer(4, List.of("cuda-libraries: pip is missing: install Python 3 with pip")),
        run(folder.resolve("libraries").toString()));
  }

  @Test
  void aPackageThatPipCannotFetchIsNamedWithWhatPipSays() throws Exception {
    python("case $* in *download*) echo; echo ERROR: no such package; exit 1 ;; esac");
    Answer answer = run(folder.resolve("libraries").toString());
    assertEquals(4, answer.status());
    assertEquals(
        "cuda-libraries: pip cannot fetch nvidia-cuda-runtime==13.0.96: ERROR: no such package",
        answer.lines().getLast());
  }

  @Test
  void packagesWithoutTheLibrariesAreRefusedAndNothingIsLeftBehind() throws Exception {
    python("exit 0");
    Path libraries = folder.resolve("libraries");
    Answer answer = run(libraries.toString());
    assertEquals(4, answer.status());
    assertEquals(
        "cuda-libraries: the packages hold no nvidia/cu13/lib/libcudart.so.13",
        answer.lines().getLast());
    try (var left = Files.list(libraries)) {
      assertEquals(List.of(), left.toList());
    }
  }

  @Test
  void onlyWhatIsNeededIsUnpackedAndOnlyOnce() throws Exception {
    Path wheel =
        wheel(
            "nvidia/cu13/lib/libcudart.so.13",
            "nvidia/cu13/lib/libcublasLt.so.13",
            "nvidia/cu13/lib/libnvblas.so.13",
            "nvidia/cu13/include/crt/host_defines.h",
            "nvidia/cudnn/lib/libcudnn.so.9",
            "nvidia/cudnn/lib/libcudnn_cnn.so.9",
            "nvidia/nccl/lib/libnccl.so.2",
            "packages.dist-info/METADATA");
    Path fetched = folder.resolve("fetched");
    python(
        "case $* in *download*) echo x >>'%s'; shift $(($# - 2)); cp '%s' \"$1\" ;; *--version*) ;; *) exec '%s' \"$@\" ;; esac"
            .formatted(fetched, wheel, realPython()));
    Path libraries = folder.resolve("libraries");
    String value =
        "%1$s/cu13/lib:%1$s/cudnn/lib:%1$s/nccl/lib".formatted(libraries.resolve("nvidia"));
    assertEquals(value, run(libraries.toString()).lines().getLast());
    assertEquals(
        List.of(
            "nvidia/cu13/include/crt/host_defines.h",
            "nvidia/cu13/lib/libcublasLt.so.13",
            "nvidia/cu13/lib/libcudart.so.13",
            "nvidia/cudnn/lib/libcudnn.so.9",
            "nvidia/nccl/lib/libnccl.so.2",
            "packages.txt"),
        filesOf(libraries));
    Files.delete(fetched);
    assertEquals(new Answer(0, List.of(value)), run(libraries.toString()));
    assertFalse(Files.exists(fetched));
  }

  @Test
  void withoutAFolderItIsAMistakeOfTheUsers() throws Exception {
    assertEquals(new Answer(2, List.of("cuda-libraries: give the folder to unpack into")), run());
  }

  private Answer run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().merge("PATH", folder.toString(), (path, ours) -> ours + ":" + path);
    Process process = builder.start();
    List<String> lines = process.inputReader().lines().toList();
    return new Answer(process.waitFor(), lines);
  }

  /** Makes a python3 that runs a line of shell. */
  private void python(String line) throws IOException {
    Path python = Files.writeString(folder.resolve("python3"), "#!/bin/sh\n" + line + "\n");
    Files.setPosixFilePermissions(python, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** A package with empty files. */
  private Path wheel(String... names) throws IOException {
    Path wheel = folder.resolve("package.whl");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(wheel))) {
      for (String name : names) {
        out.putNextEntry(new ZipEntry(name));
      }
    }
    return wheel;
  }

  private static Path realPython() {
    Optional<Path> python =
        CudaPlaces.split(System.getenv("PATH")).stream()
            .map(path -> path.resolve("python3"))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(python.isPresent(), "there is no python3");
    return python.get();
  }

  private static List<String> filesOf(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> folder.relativize(file).toString())
          .sorted()
          .toList();
    }
  }
}
