package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.memo.bindings.CudaLibraries;
import org.memo.bindings.CudaLibraryReport;
import org.memo.device.cuda.Gpu;
import org.memo.device.cuda.Gpus;

class CudaFindingsTest {
  @Test
  void eachLibraryIsSaidWithItsVersionAndFileOrTheReasonThatItIsNotUsed() {
    List<CudaFindings.Line> lines = CudaFindings.lines();
    for (CudaLibraryReport library : CudaLibraries.report()) {
      String text = textOf(library.name(), lines);
      library
          .loaded()
          .ifPresentOrElse(
              loaded -> assertEquals(loaded.version() + ", " + loaded.path(), text),
              () -> assertEquals("not used: " + library.reason(), text));
    }
  }

  @Test
  void theDriverIsAlwaysSaid() {
    String driver = textOf("NVIDIA driver", CudaFindings.lines());
    assertTrue(driver.matches("none|for CUDA \\d+\\.\\d|not asked: .*|cuda.*"), driver);
  }

  @Test
  void eitherGpusAreNamedOrTheReasonThatThereAreNone() {
    Optional<String> unavailable = Gpus.unavailable();
    assertEquals(
        unavailable.map(reason -> "no CUDA device: " + reason).orElse("cuda:0"),
        unavailable.isPresent()
            ? CudaFindings.devices()
            : CudaFindings.devices().substring(0, "cuda:0".length()));
    assertEquals(
        unavailable.isEmpty(),
        CudaFindings.lines().stream().anyMatch(line -> line.what().equals("cuda:0")));
  }

  @Test
  void aGpuThatCannotBeTrainedOnIsNoDevice() {
    Gpu old = gpu(0, 7, 1L << 30);
    Gpu taken = gpu(1, 9, -1);
    assertEquals("cuda:2", CudaFindings.devices(List.of(old, taken, gpu(2, 9, 1L << 30))));
    assertEquals(
        "no CUDA device: GPU 0, Card, has compute capability 7.0, but 8.0 or newer is needed",
        CudaFindings.devices(List.of(old, taken)));
  }

  private static Gpu gpu(int ordinal, int computeMajor, long freeBytes) {
    return new Gpu(
        ordinal, "Card", computeMajor, 0, 1, freeBytes, freeBytes, "0", OptionalInt.empty());
  }

  private static String textOf(String what, List<CudaFindings.Line> lines) {
    return lines.stream()
        .filter(line -> line.what().equals(what))
        .map(CudaFindings.Line::text)
        .findFirst()
        .orElseThrow();
  }
}
