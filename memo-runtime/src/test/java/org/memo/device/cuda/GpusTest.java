package org.memo.device.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.memo.bindings.MissingLibraryException;
import org.memo.bindings.cudart.CudaRuntime;

class GpusTest {
  @TempDir private Path devices;

  @Test
  void aMachineWithoutAGpuIsANormalAnswer() {
    List<Gpu> gpus = Gpus.all();
    assertEquals(gpus.isEmpty(), Gpus.unavailable().isPresent());
    assertEquals(gpus.isEmpty(), Gpus.first().isEmpty());
    if (gpus.isEmpty()) {
      String message =
          assertThrows(MissingLibraryException.class, () -> Gpus.require(0)).getMessage();
      assertTrue(message.startsWith("GPU 0 cannot be used: "), message);
    }
  }

  @Test
  @Tag("cuda")
  void eachGpuIsDescribed() {
    List<Gpu> gpus = Gpus.all();
    assertTrue(!gpus.isEmpty());
    assertEquals(gpus.getFirst().name(), Gpus.first().orElseThrow().name());
    for (Gpu gpu : gpus) {
      assertTrue(!gpu.name().isBlank());
      assertTrue(gpu.computeMajor() >= 8);
      assertTrue(gpu.totalBytes() >= gpu.freeBytes() && gpu.freeBytes() > 0, gpu.toString());
      assertEquals("cuda:" + gpu.ordinal(), gpu.deviceName());
    }
  }

  @Test
  @Tag("cuda")
  void askingForAGpuChangesNoCurrentDevice() {
    CudaEmulation.assume();
    CudaRuntime.setDevice(0);
    CudaEmulation.inject("cudaSetDevice", 1, 46); // cudaErrorDevicesUnavailable
    assertEquals(-1, Gpus.all().getFirst().freeBytes());
    assertEquals(0, CudaRuntime.device());
    assertTrue(Gpus.require(0).freeBytes() > 0);
  }

  @Test
  @Tag("cuda")
  void aGpuThatAnotherProcessHasForItselfIsRefused() {
    CudaEmulation.assume();
    CudaEmulation.inject("cudaSetDevice", 1, 46); // cudaErrorDevicesUnavailable
    String message =
        assertThrows(MissingLibraryException.class, () -> Gpus.require(0)).getMessage();
    assertTrue(message.contains("another process has all of it, or the GPU for itself"), message);
    CudaEmulation.inject("cudaSetDevice", 1, 46);
    assertTrue(Gpus.first().isEmpty());
    assertTrue(Gpus.first().isPresent());
  }

  @Test
  void theMemoryNodeIsReadFromTheBus() throws IOException {
    write("0000:3b:00.0", "1\n");
    assertEquals(OptionalInt.of(1), Gpus.numaNode(devices, "0000:3B:00.0"));
  }

  @Test
  void aMemoryNodeThatLinuxDoesNotKnowIsNone() throws IOException {
    write("0000:3b:00.0", "-1\n");
    assertEquals(OptionalInt.empty(), Gpus.numaNode(devices, "0000:3B:00.0"));
    assertEquals(OptionalInt.empty(), Gpus.numaNode(devices, "0000:5E:00.0"));
  }

  private void write(String pciBusId, String node) throws IOException {
    Path folder = Files.createDirectories(devices.resolve(pciBusId));
    Files.writeString(folder.resolve("numa_node"), node);
  }
}
