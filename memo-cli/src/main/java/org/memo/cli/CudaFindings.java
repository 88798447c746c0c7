package org.memo.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.memo.bindings.CudaLibraries;
import org.memo.bindings.CudaLibraryReport;
import org.memo.bindings.cudart.CudaException;
import org.memo.bindings.cudart.CudaRuntime;
import org.memo.device.cuda.Gpu;
import org.memo.device.cuda.Gpus;
import org.memo.train.Sizes;

/** What {@code memo doctor} says of NVIDIA's GPUs, driver and libraries. */
final class CudaFindings {

  /** A line of the answer. */
  record Line(String what, String text) {}

  private CudaFindings() {}

  /** The names of the GPUs that can be trained on, or why there are none. */
  static String devices() {
    return unavailable()
        .map(reason -> "no CUDA device: " + reason)
        .orElseGet(() -> devices(Gpus.all()));
  }

  static String devices(List<Gpu> gpus) {
    List<String> usable =
        gpus.stream().filter(gpu -> Gpus.refusal(gpu).isEmpty()).map(Gpu::deviceName).toList();
    return usable.isEmpty()
        ? "no CUDA device: " + Gpus.refusal(gpus.getFirst()).orElse("there is no GPU")
        : String.join(", ", usable);
  }

  /** A line for each GPU, for the driver and for each library. */
  static List<Line> lines() {
    List<Line> lines = new ArrayList<>();
    if (unavailable().isEmpty()) {
      Gpus.all().forEach(gpu -> lines.add(new Line(gpu.deviceName(), describe(gpu))));
    }
    lines.add(new Line("NVIDIA driver", driver()));
    for (CudaLibraryReport library : CudaLibraries.report()) {
      lines.add(new Line(library.name(), describe(library)));
    }
    return lines;
  }

  private static Optional<String> unavailable() {
    try {
      return Gpus.unavailable();
    } catch (CudaException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private static String describe(Gpu gpu) {
    return "%s, compute capability %d.%d, %d multiprocessors, %s, of which %s are free, at %s%s"
        .formatted(
            gpu.name(),
            gpu.computeMajor(),
            gpu.computeMinor(),
            gpu.multiprocessors(),
            bytes(gpu.totalBytes()),
            bytes(gpu.freeBytes()),
            gpu.pciBusId(),
            gpu.numaNode().isPresent() ? ", near memory node " + gpu.numaNode().getAsInt() : "");
  }

  private static String bytes(long bytes) {
    return bytes < 0 ? "an unknown number" : Sizes.formatBytes(bytes);
  }

  private static String driver() {
    if (CudaLibraries.missing("cudart").isPresent()) {
      return "not asked: the CUDA runtime cannot be used";
    }
    try {
      int version = CudaRuntime.driverVersion();
      return version == 0 ? "none" : "for CUDA " + CudaRuntime.versionText(version);
    } catch (CudaException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static String describe(CudaLibraryReport library) {
    return library
        .loaded()
        .map(loaded -> loaded.version() + ", " + loaded.path())
        .orElse("not used: " + library.reason());
  }
}
