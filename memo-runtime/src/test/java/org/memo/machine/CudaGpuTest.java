package org.memo.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.memo.DoesNotFitException;
import org.memo.device.cuda.Gpu;

class CudaGpuTest {
  private static final long GIB = 1L << 30;

  @Test
  void aStepMayTakeWhatLibrariesLeave() {
    assertEquals(78 * GIB + GIB / 2, gpuWithFree(80 * GIB).defaultDeviceBytes());
  }

  @Test
  void aGpuThatOthersHaveFilledIsNotPlannedFor() {
    DoesNotFitException e =
        assertThrows(DoesNotFitException.class, () -> gpuWithFree(GIB).defaultDeviceBytes());
    assertEquals(
        "cuda:3 has 1073741824 bytes of memory free, and 1610612736 are set aside for libraries"
            + " alone: end what else uses it, or give --device-memory",
        e.getMessage());
  }

  @Test
  void ranksThatShareAGpuShareItsMemory() {
    assertEquals(38 * GIB + GIB / 2, gpuWithFree(80 * GIB, 2).defaultDeviceBytes());
  }

  private static LocalDevice gpuWithFree(long freeBytes) {
    return gpuWithFree(freeBytes, 1);
  }

  private static LocalDevice gpuWithFree(long freeBytes, int sharers) {
    Gpu gpu =
        new Gpu(
            3, "NVIDIA H100 80GB HBM3", 9, 0, 132, 80 * GIB, freeBytes, "0", OptionalInt.empty());
    return new CudaGpu(
        gpu, KnownCard.of(gpu.name(), gpu.totalBytes(), gpu.computeMajor()), sharers);
  }
}
