package org.memo.bindings.cudart;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.memo.bindings.Messages.assertSays;

import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.memo.bindings.CudaLibraries;
import org.memo.bindings.MissingLibraryException;
import org.memo.bindings.cudart.generated.CudaRt;

/** What the CUDA runtime answers whether or not there is a GPU. */
class CudaRuntimeTest {
  @BeforeEach
  void requireTheRuntime() {
    Optional<String> missing = CudaLibraries.missing("cudart");
    assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
  }

  @Test
  void itsVersionIsOfTheMajorVersionThatTheBindingsAreMadeFor() {
    assertEquals(CudaRt.CUDART_VERSION() / 1000, CudaRuntime.runtimeVersion() / 1000);
    assertEquals("13.2", CudaRuntime.versionText(13020));
  }

  @Test
  void errorsHaveTheNamesAndTextsOfCuda() {
    assertEquals("cudaErrorInvalidValue", CudaException.name(CudaRt.cudaErrorInvalidValue()));
    assertEquals("out of memory", CudaException.text(CudaRt.cudaErrorMemoryAllocation()));
  }

  @Test
  void aFailedCallNamesTheCallTheErrorAndTheArguments() {
    CudaException e = assertThrows(CudaException.class, () -> CudaRuntime.setDevice(12_345));
    assertEquals("cudaSetDevice", e.call());
    assertEquals(CudaException.name(e.code()), words(e)[2]);
    assertSays("cudaSetDevice failed: ", e);
    assertSays("; device=12345", e);
  }

  @Test
  void anErrorThatAKernelRaisedSaysHowToFindTheKernel() {
    assertSays(
        "CUDA_LAUNCH_BLOCKING=1", CudaException.of("call", CudaRt.cudaErrorIllegalAddress(), ""));
  }

  @Test
  void noGpuIsAnAnswerAndNoError() {
    Optional<String> reason = CudaRuntime.noDevice();
    assertEquals(reason.isEmpty(), canCountDevices());
    reason.ifPresent(text -> assertTrue(text.contains("NVIDIA"), text));
  }

  @Test
  void aDriverThatIsTooOldIsRefusedWithWhatIsNeeded() {
    assertEquals(
        Optional.of(
            "the NVIDIA driver is for CUDA 12.8, but 13.0 is needed: install driver 580 or newer"),
        CudaRuntime.driverReason(12_080));
    assertEquals(Optional.of("there is no NVIDIA driver"), CudaRuntime.driverReason(0));
    assertEquals(Optional.empty(), CudaRuntime.driverReason(13_010));
  }

  @Test
  void withoutOurKernelsThereIsNoCudaDevice() {
    Optional<String> missing = CudaLibraries.missing();
    assumeTrue(missing.isPresent(), "all that a CUDA device needs is here");
    assertEquals(CudaRuntime.noDevice().or(() -> missing), CudaRuntime.unavailable());
    assertThrows(MissingLibraryException.class, CudaLibraries::load);
  }

  private static boolean canCountDevices() {
    try {
      return CudaRuntime.deviceCount() > 0;
    } catch (CudaException e) {
      return false;
    }
  }

  private static String[] words(CudaException e) {
    return String.valueOf(e.getMessage()).split(" ", -1);
  }
}
