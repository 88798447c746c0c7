package org.memo.profile.device;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.memo.CacheFolder;
import org.memo.UserInputException;
import org.memo.planner.cost.ElementType;
import org.memo.planner.cost.Hardware;

/**
 * What {@code --hardware this} means: the hardware file that {@code memo profile} last wrote for
 * this device, if it is not older than 30 days; else one that is measured now, and kept if nothing
 * else kept the processors busy.
 */
public final class ThisMachine {
  private static final Duration FRESH = Duration.ofDays(30);

  private ThisMachine() {}

  /** Where the hardware file of a device lies, or will. */
  public static Path file(ProfiledDevice device) {
    return CacheFolder.path().resolve("hardware-this-%s.json".formatted(device.key()));
  }

  /**
   * A device as hardware, measured before or now.
   *
   * @param say told what is measured, and that it is
   * @throws org.memo.bindings.MissingLibraryException when a native library cannot be loaded
   * @throws org.memo.DoesNotFitException when measuring takes more of the device's memory than is
   *     free
   * @throws org.memo.bindings.OutOfHostMemoryException when it takes more memory than is free
   */
  public static Hardware hardware(ProfiledDevice device, Consumer<String> say) {
    return hardware(
        file(device),
        device.description(),
        device.types(),
        Instant.now(),
        () -> measure(device, say));
  }

  /** Takes its time. */
  interface Measurement {
    Hardware run();
  }

  static Hardware hardware(
      Path file,
      String description,
      List<ElementType> types,
      Instant now,
      Measurement measurement) {
    return fresh(file, description, types, now).orElseGet(measurement::run);
  }

  private static Optional<Hardware> fresh(
      Path file, String description, List<ElementType> types, Instant now) {
    try {
      Instant written = Files.getLastModifiedTime(file).toInstant();
      Hardware hardware = Hardware.read(file);
      boolean usable =
          hardware.description().startsWith(description)
              && hardware.matrix().keySet().containsAll(types)
              && Duration.between(written, now).compareTo(FRESH) <= 0;
      return usable ? Optional.of(hardware) : Optional.empty();
    } catch (IOException | IllegalArgumentException absentOrOfAnotherVersion) {
      return Optional.empty();
    }
  }

  private static Hardware measure(ProfiledDevice device, Consumer<String> say) {
    say.accept("measuring this machine, for about 40 seconds; memo profile does it ahead");
    DeviceProfiler.DeviceProfile profile = DeviceProfiler.of(device, what -> {});
    Hardware hardware = profile.hardware();
    profile.busyWarning().ifPresentOrElse(say, () -> write(hardware, file(device)));
    return hardware;
  }

  /**
   * Writes a hardware file, and the folders above it.
   *
   * @throws UserInputException when that cannot be done
   */
  public static void write(Hardware hardware, Path file) {
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      hardware.write(file);
    } catch (IOException | UncheckedIOException e) {
      throw new UserInputException(
          "the hardware file %s cannot be written (%s)".formatted(file, e), e);
    }
  }
}
