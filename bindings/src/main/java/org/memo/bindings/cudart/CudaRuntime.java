package org.memo.bindings.cudart;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.memo.bindings.CudaLibraries;
import org.memo.bindings.cudart.generated.CudaRt;

/**
 * Versions and devices of the CUDA runtime. The current device belongs to the OS thread: one
 * platform thread drives one GPU.
 *
 * <p>Every call of this package throws {@link CudaException} where CUDA refuses, and {@link
 * org.memo.bindings.MissingLibraryException} where the CUDA runtime is missing.
 */
public final class CudaRuntime {
  /** The oldest driver that the CUDA runtime of this project works with: CUDA 13.0. */
  private static final int OLDEST_DRIVER = 13000;

  /** {@code char name[256]} is the first field of {@code cudaDeviceProp}. */
  private static final long NAME_BYTES = 256;

  /** The longest {@code domain:bus:device.function}, with room to spare. */
  private static final int PCI_BUS_ID_BYTES = 32;

  private CudaRuntime() {}

  /**
   * Why this machine has no CUDA device, in one sentence: the driver, a GPU or a library is
   * missing. Empty where there is one.
   */
  public static Optional<String> unavailable() {
    return noDevice().or(CudaLibraries::missing);
  }

  /** Why no GPU can be used, whatever libraries of ours are there; empty where one can. */
  public static Optional<String> noDevice() {
    Optional<String> missing = CudaLibraries.missing("cudart");
    if (missing.isPresent()) {
      return missing;
    }
    Optional<String> ofDriver = driverReason(driverVersion());
    return ofDriver.isPresent() ? ofDriver : countReason();
  }

  /** What is wrong with a driver of this version, 0 being none; empty where it serves. */
  static Optional<String> driverReason(int version) {
    if (version == 0) {
      return Optional.of("there is no NVIDIA driver");
    }
    return version >= OLDEST_DRIVER
        ? Optional.empty()
        : Optional.of(
            "the NVIDIA driver is for CUDA %s, but %s is needed: install driver 580 or newer"
                .formatted(versionText(version), versionText(OLDEST_DRIVER)));
  }

  private static Optional<String> countReason() {
    try {
      return deviceCount() > 0 ? Optional.empty() : Optional.of("there is no NVIDIA GPU");
    } catch (CudaException e) {
      return Optional.of(
          e.code() == CudaRt.cudaErrorNoDevice()
              ? "there is no NVIDIA GPU"
              : "no NVIDIA GPU can be used: " + e.getMessage());
    }
  }

  /** The loaded runtime's version: 13000 for 13.0. */
  public static int runtimeVersion() {
    return CudaStatus.writtenInt("cudaRuntimeGetVersion", CudaRt::cudaRuntimeGetVersion);
  }

  /** The newest CUDA that the driver supports: 13000 for 13.0; 0 where there is no driver. */
  public static int driverVersion() {
    return CudaStatus.writtenInt("cudaDriverGetVersion", CudaRt::cudaDriverGetVersion);
  }

  /** "13.0" for 13000. */
  public static String versionText(int version) {
    return "%d.%d".formatted(version / 1000, version % 1000 / 10);
  }

  /** The GPUs, as CUDA_VISIBLE_DEVICES lets this process see them. */
  public static int deviceCount() {
    return CudaStatus.writtenInt("cudaGetDeviceCount", CudaRt::cudaGetDeviceCount);
  }

  /** Makes the device the calling OS thread's current one. */
  public static void setDevice(int device) {
    CudaStatus.check(CudaRt.cudaSetDevice(device), "cudaSetDevice", "device", device);
  }

  /** The calling OS thread's current device. */
  public static int device() {
    return CudaStatus.writtenInt("cudaGetDevice", CudaRt::cudaGetDevice);
  }

  /** What the card is called: "NVIDIA H100 80GB HBM3". */
  public static String deviceName(int device) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment properties = arena.allocate(CudaRt.MEMO_DEVICE_PROPERTIES_BYTES(), 8);
      CudaStatus.check(
          CudaRt.cudaGetDeviceProperties(properties, device),
          "cudaGetDeviceProperties",
          "device",
          device);
      return properties.asSlice(0, NAME_BYTES).getString(0);
    }
  }

  /** Where the card sits: "0000:3b:00.0". */
  public static String pciBusId(int device) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(PCI_BUS_ID_BYTES);
      CudaStatus.check(
          CudaRt.cudaDeviceGetPCIBusId(text, PCI_BUS_ID_BYTES, device),
          "cudaDeviceGetPCIBusId",
          "device",
          device);
      return text.getString(0);
    }
  }

  /** A number about the device. */
  public static int attribute(DeviceAttribute attribute, int device) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(ValueLayout.JAVA_INT);
      int status = CudaRt.cudaDeviceGetAttribute(slot, attribute.code(), device);
      if (status != CudaRt.cudaSuccess()) {
        throw CudaException.of(
            "cudaDeviceGetAttribute", status, "attribute device", attribute, device);
      }
      return slot.get(ValueLayout.JAVA_INT, 0);
    }
  }
}
