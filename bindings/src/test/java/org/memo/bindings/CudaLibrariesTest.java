package org.memo.bindings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.memo.bindings.Messages.assertSays;

import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** On whatever this machine has: each library is loaded, or it is said why not. */
class CudaLibrariesTest {
  @Test
  void eachLibraryIsReportedOnceWithItsFileOrTheReason() {
    List<CudaLibraryReport> reports = CudaLibraries.report();
    assertEquals(
        List.of("CUDA runtime", "cuBLASLt", "CUDA kernels", "Flash attention", "cuDNN", "NCCL"),
        reports.stream().map(CudaLibraryReport::name).toList());
    for (CudaLibraryReport report : reports) {
      assertEquals(report.loaded().isEmpty(), !report.reason().isEmpty(), report.toString());
      assertTrue(
          report.loaded().stream().allMatch(library -> Files.exists(library.path())),
          report.toString());
    }
  }

  @Test
  void whatIsMissingFirstIsWhatLoadingSays() {
    CudaLibraries.missing()
        .ifPresentOrElse(
            reason ->
                assertEquals(
                    reason,
                    assertThrows(MissingLibraryException.class, CudaLibraries::load).getMessage()),
            CudaLibraries::load);
  }

  @Test
  void aFunctionOfAnotherVersionIsNamed() {
    assumeTrue(CudaLibraries.missing("cudart").isEmpty(), () -> reason("cudart"));
    MissingLibraryException e =
        assertThrows(
            MissingLibraryException.class, () -> CudaLibraries.symbol("cudart", "cudaNothing"));
    assertSays("cudart has no function cudaNothing", e);
  }

  private static String reason(String library) {
    return CudaLibraries.missing(library).orElse("");
  }
}
