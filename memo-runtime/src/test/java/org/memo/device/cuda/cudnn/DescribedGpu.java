package org.memo.device.cuda.cudnn;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.memo.bindings.CudaLibraries;
import org.memo.bindings.cudnn.CudnnDeviceDescription;

/**
 * GPUs that are only described, for tests that build plans. cuDNN wants the driver's library to be
 * there: where the machine has none, a stand-in is compiled and loaded, so these tests run in a
 * process of their own.
 */
final class DescribedGpu {
  private static final Path STUB_SOURCE = Path.of("../kernels/emulation/driver_stub/driver_stub.c");

  private static boolean ready;

  private DescribedGpu() {}

  /** Makes cuDNN usable, or skips the test and says why. */
  static synchronized void requireCudnn(Path folder) {
    if (ready) {
      return;
    }
    if (!Files.exists(Path.of("/dev/nvidiactl"))) {
      System.load(compileStub(folder).toString());
    }
    Optional<String> missing = CudaLibraries.missing("cudnn");
    if (missing.isPresent()) {
      abort("cuDNN's plans are not tested: " + missing.get());
    }
    ready = true;
  }

  /** An a100, h100 or b200. */
  static CudnnDeviceDescription open(String name) {
    try (InputStream json = DescribedGpu.class.getResourceAsStream("/cudnn/" + name + ".json")) {
      return new CudnnDeviceDescription(new String(json.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** By its soname the library stands in for the driver once it is loaded. */
  private static Path compileStub(Path folder) {
    Path library = folder.resolve("libcuda.so.1").toAbsolutePath();
    try {
      Process compiler =
          new ProcessBuilder(
                  "cc",
                  "-shared",
                  "-fPIC",
                  "-Wl,-soname,libcuda.so.1",
                  "-o",
                  library.toString(),
                  STUB_SOURCE.toString())
              .inheritIO()
              .start();
      if (compiler.waitFor() != 0) {
        throw new AssertionError(STUB_SOURCE + " does not compile");
      }
      return library;
    } catch (IOException e) {
      return abort("cuDNN's plans are not tested: there is no C compiler: " + e.getMessage());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
