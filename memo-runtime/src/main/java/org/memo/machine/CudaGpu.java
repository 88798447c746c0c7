package org.memo.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.memo.DoesNotFitException;
import org.memo.bindings.CudaLibraries;
import org.memo.bindings.CudaLibraryReport;
import org.memo.bindings.LibraryReport;
import org.memo.bindings.MissingLibraryException;
import org.memo.bindings.cudart.CudaRuntime;
import org.memo.bindings.kernels.HostMemory;
import org.memo.collective.Collectives;
import org.memo.device.Device;
import org.memo.device.cuda.CudaDevice;
import org.memo.device.cuda.CudaOptions;
import org.memo.device.cuda.Gpu;
import org.memo.device.cuda.Gpus;
import org.memo.plan.TileChoices;
import org.memo.planner.cost.CostModel;
import org.memo.planner.cost.ElementType;
import org.memo.profile.device.ProfiledDevice;

/**
 * An NVIDIA GPU.
 *
 * @param card what is known of it
 * @param sharers ranks that have it
 */
record CudaGpu(Gpu gpu, KnownCard card, int sharers) implements LocalDevice {
  /** What libraries load, and the scratch of products and attention, with something to spare. */
  private static final long RESERVED_BYTES = 3L << 29;

  /** The operating system, the JVM and the page cache need some of the host's memory. */
  private static final double HOST_SHARE = 0.75;

  private static final long HOST_BYTES_WHERE_UNKNOWN = 8L << 30;
  private static final long PROGRESS_BYTES = 16L << 30;

  /** The first that Memo can use. */
  static Optional<LocalDevice> first() {
    return Gpus.first().map(CudaGpu::of);
  }

  static LocalDevice find(int ordinal) {
    return find(ordinal, 1);
  }

  static LocalDevice find(int ordinal, int sharers) {
    try {
      CudaGpu alone = of(Gpus.require(ordinal));
      return new CudaGpu(alone.gpu, alone.card, sharers);
    } catch (MissingLibraryException missing) {
      throw new MissingLibraryException(
          "--device is cuda:%d, but %s; give auto or host".formatted(ordinal, missing.getMessage()),
          missing);
    }
  }

  private static CudaGpu of(Gpu gpu) {
    return new CudaGpu(gpu, KnownCard.of(gpu.name(), gpu.totalBytes(), gpu.computeMajor()), 1);
  }

  @Override
  public DeviceName name() {
    return DeviceName.cuda(gpu.ordinal());
  }

  @Override
  public Device open(
      long slabBytes, long poolBytes, Collectives collectives, Consumer<String> say) {
    return CudaDevice.open(
        CudaOptions.ofEnvironment(gpu.ordinal()),
        slabBytes,
        poolBytes,
        collectives,
        (pinned, total) -> {
          if (total > PROGRESS_BYTES) {
            say.accept("pinned %d of %d GiB of host memory".formatted(pinned >> 30, total >> 30));
          }
        });
  }

  @Override
  public CostModel planningCosts(int localRanks) {
    return new CostModel(card.hardware(), Math.clamp(localRanks, 1, card.hardware().gpusPerNode()));
  }

  @Override
  public TileChoices tileChoices() {
    return TileChoices.GPU;
  }

  @Override
  public ProfiledDevice profiled() {
    long takenBytes = gpu.totalBytes() - gpu.freeBytes();
    return ProfiledDevice.ofGpu(gpu.ordinal(), this, gpu.totalBytes(), takenBytes + RESERVED_BYTES);
  }

  /** Also those of NVIDIA's libraries that are missing: a rank without cuDNN computes otherwise. */
  @Override
  public List<String> versions() {
    List<String> lines = new ArrayList<>(LocalDevice.super.versions());
    lines.add("CUDA driver " + CudaRuntime.versionText(CudaRuntime.driverVersion()));
    for (CudaLibraryReport library : CudaLibraries.report()) {
      String version = library.loaded().map(LibraryReport::version).orElse("missing");
      lines.add("%s %s".formatted(library.name(), version));
    }
    return lines;
  }

  @Override
  public long defaultDeviceBytes() {
    long freeBytes = gpu.freeBytes() / sharers;
    if (freeBytes <= RESERVED_BYTES) {
      throw new DoesNotFitException(
          "%s has %d bytes of memory free, and %d are set aside for libraries alone: end what else uses it, or give --device-memory"
              .formatted(name(), freeBytes, RESERVED_BYTES),
          RESERVED_BYTES + 1,
          freeBytes);
    }
    return freeBytes - RESERVED_BYTES;
  }

  @Override
  public long defaultHostBytes() {
    long free = HostMemory.bytesFree();
    return free < 0 ? HOST_BYTES_WHERE_UNKNOWN : (long) (HOST_SHARE * free);
  }

  /** The datasheet's, as is usual; measured for a card that Memo has no figures of. */
  @Override
  public Peak peak(ElementType type) {
    return card.isExact()
        ? new Peak(card.hardware().peakFlops(type), "of the datasheet of " + card.hardware().name())
        : Peak.measured(this, type);
  }
}
