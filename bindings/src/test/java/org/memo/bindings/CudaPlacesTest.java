package org.memo.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.memo.bindings.Messages.assertSays;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaPlacesTest {
  @TempDir Path root;

  @Test
  void theUsersFoldersGoFirstThenToolkitsThenPythonsPackages() throws IOException {
    Path first = folder("mine/a");
    Path second = folder("mine/b");
    Path home = folder("opt/cuda/lib64");
    Path path = folder("other/targets/x86_64-linux/lib");
    Path newer = folder("usr/local/cuda-13.1/lib64");
    Path older = folder("usr/local/cuda-13.0/lib64");
    Path packages = folder("venv/lib/python3.12/site-packages/nvidia/cu13/lib");
    Path cudnn = folder("venv/lib/python3.12/site-packages/nvidia/cudnn/lib");
    Path ofPython = folder("python/dist-packages/nvidia/nccl/lib");
    CudaPlaces places =
        CudaPlaces.of(
            Map.of(
                "MEMO_CUDA_LIBRARIES",
                first + ":" + second,
                "CUDA_HOME",
                root.resolve("opt/cuda").toString(),
                "CUDA_PATH",
                root.resolve("other").toString(),
                "VIRTUAL_ENV",
                root.resolve("venv").toString(),
                "PATH",
                root.resolve("empty")
                    + ":"
                    + python("echo " + root.resolve("python/dist-packages"))),
            root.resolve("usr/local"));
    assertEquals(
        List.of(first, second, home, path, newer, older, packages, cudnn, ofPython),
        places.folders().toList());
    assertEquals(List.of(first, second), places.chosen());
  }

  @Test
  void aToolkitBehindSeveralLinksIsLookedThroughOnce() throws IOException {
    Path libraries = folder("usr/local/cuda-13.0/targets/x86_64-linux/lib");
    Files.createSymbolicLink(root.resolve("usr/local/cuda-13.0/lib64"), libraries);
    Files.createSymbolicLink(root.resolve("usr/local/cuda"), root.resolve("usr/local/cuda-13.0"));
    assertEquals(
        List.of(root.resolve("usr/local/cuda/lib64")),
        CudaPlaces.of(Map.of(), root.resolve("usr/local")).folders().toList());
  }

  @Test
  void aPythonThatFailsOrIsNotThereHasNoPackages() throws IOException {
    String broken = python("exit 1");
    assertEquals(List.of(), CudaPlaces.of(Map.of("PATH", broken), root).folders().toList());
    assertEquals(List.of(), CudaPlaces.of(Map.of("PATH", "/nowhere"), root).folders().toList());
  }

  @Test
  void pythonIsNotAskedWhereTheFirstFoldersServe() throws IOException {
    Path asked = root.resolve("asked");
    Path mine = folder("mine");
    CudaPlaces places =
        CudaPlaces.of(
            Map.of("MEMO_CUDA_LIBRARIES", mine.toString(), "PATH", python("touch " + asked)), root);
    assertEquals(mine, places.folders().findFirst().orElseThrow());
    assertEquals(false, Files.exists(asked));
  }

  @Test
  void aFolderOfTheUsersThatDoesNotExistIsNamed() {
    Path missing = root.resolve("nowhere");
    MissingLibraryException e =
        assertThrows(
            MissingLibraryException.class,
            () -> CudaPlaces.of(Map.of("MEMO_CUDA_LIBRARIES", missing.toString()), root));
    assertSays("MEMO_CUDA_LIBRARIES names " + missing + ", which is not a folder", e);
  }

  private Path folder(String name) throws IOException {
    return Files.createDirectories(root.resolve(name));
  }

  /** A folder for the PATH with a python3 that runs a line of shell. */
  private String python(String line) throws IOException {
    Path python = folder("bin").resolve("python3");
    Files.writeString(python, "#!/bin/sh\n" + line + "\n");
    Files.setPosixFilePermissions(python, PosixFilePermissions.fromString("rwxr-xr-x"));
    return python.getParent().toString();
  }
}
