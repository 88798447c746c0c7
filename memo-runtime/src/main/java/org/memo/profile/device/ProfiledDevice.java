package org.memo.profile.device;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.memo.device.Device;
import org.memo.device.DeviceFactory;
import org.memo.device.host.HostDevice;
import org.memo.planner.cost.ElementType;
import org.memo.planner.cost.Sourced;

/**
 * A device of this machine that can be measured, and what is known of it without measuring.
 *
 * @param description for people, and what a hardware file must start with to be of this device
 * @param key tells the hardware files of this machine's devices apart, in their names
 * @param devices opens it
 * @param types to measure products and attention in; operations bound by memory are measured in the
 *     first one
 * @param sizes of the work to measure
 * @param deviceMemoryBytes what the device offers to programs
 * @param reservedMemoryBytes what contexts and libraries take of it
 * @param hostMemoryBytes for the other side of copies
 */
public record ProfiledDevice(
    String description,
    String key,
    DeviceFactory devices,
    List<ElementType> types,
    BenchSizes sizes,
    Sourced deviceMemoryBytes,
    Sourced reservedMemoryBytes,
    Sourced hostMemoryBytes) {
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
  private static final long LIBRARIES_BYTES = 256L << 20;

  /**
   * The CPU with so many threads of the kernels, as in training.
   *
   * @throws org.memo.bindings.MissingLibraryException when a native library cannot be loaded
   */
  public static ProfiledDevice ofHost(int threads) {
    DeviceFactory devices = (slab, pool) -> new HostDevice(slab, pool, threads);
    long memoryBytes = totalMemoryBytes();
    long librariesBytes = Math.min(LIBRARIES_BYTES, memoryBytes / 8);
    return new ProfiledDevice(
        "%s, %s".formatted(processor(), name(devices)),
        "%d-threads".formatted(threads),
        devices,
        List.of(ElementType.F32, ElementType.BF16),
        BenchSizes.CPU,
        new Sourced(memoryBytes / 2, "half of this machine's memory; the pool has the other half"),
        new Sourced(librariesBytes, "assumed: the JVM and native libraries"),
        new Sourced(memoryBytes / 2, "half of this machine's memory"));
  }

  /**
   * A GPU.
   *
   * @param index tells this machine's GPUs apart
   * @param devices opens it
   * @param memoryBytes of the GPU in all
   * @param reservedBytes of it that are taken before a slab is: by the driver's context and by
   *     libraries
   */
  public static ProfiledDevice ofGpu(
      int index, DeviceFactory devices, long memoryBytes, long reservedBytes) {
    return new ProfiledDevice(
        name(devices),
        "gpu-%d".formatted(index),
        devices,
        List.of(ElementType.BF16, ElementType.F32),
        BenchSizes.GPU,
        new Sourced(memoryBytes, "what the driver says"),
        new Sourced(reservedBytes, "taken by the driver's context and by libraries"),
        new Sourced(totalMemoryBytes(), "this machine's memory"));
  }

  private static String name(DeviceFactory devices) {
    try (Device device = devices.open(0, 0)) {
      return device.name();
    }
  }

  private static long totalMemoryBytes() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }

  private static String processor() {
    try {
      return Files.readAllLines(PROCESSORS).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown processor");
    } catch (IOException notLinux) {
      return "unknown processor";
    }
  }
}
