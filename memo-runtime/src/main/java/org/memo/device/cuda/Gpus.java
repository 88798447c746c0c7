package org.memo.device.cuda;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.IntStream;
import org.memo.bindings.MissingLibraryException;
import org.memo.bindings.cudart.CudaException;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.bindings.cudart.CudaMemoryInfo;
import org.memo.bindings.cudart.CudaRuntime;
import org.memo.bindings.cudart.DeviceAttribute;

/** The GPUs of this machine that Memo can train on. That there are none is a normal answer. */
public final class Gpus {
  /** Below it the kernels lack instructions that they need. */
  private static final int OLDEST_COMPUTE_MAJOR = 8;

  private Gpus() {}

  /** Why there are none, in one sentence; empty where there is one. */
  public static Optional<String> unavailable() {
    return CudaRuntime.unavailable();
  }

  /** How many there are, usable or not. */
  public static int count() {
    return unavailable().isPresent() ? 0 : CudaRuntime.deviceCount();
  }

  /**
   * All of them; none where {@link #unavailable} has a reason. Asks each for its memory, which
   * makes CUDA set itself up there and takes a few hundred megabytes of it until the process ends.
   */
  public static List<Gpu> all() {
    if (unavailable().isPresent()) {
      return List.of();
    }
    return IntStream.range(0, CudaRuntime.deviceCount()).mapToObj(Gpus::describe).toList();
  }

  /**
   * The first that can be used; empty where there is none. Asks none after it for its memory, as
   * {@link #all} does.
   */
  public static Optional<Gpu> first() {
    if (unavailable().isPresent()) {
      return Optional.empty();
    }
    return IntStream.range(0, CudaRuntime.deviceCount())
        .filter(ordinal -> computeMajor(ordinal) >= OLDEST_COMPUTE_MAJOR)
        .mapToObj(Gpus::describe)
        .filter(gpu -> refusal(gpu).isEmpty())
        .findFirst();
  }

  /**
   * One of them.
   *
   * @throws MissingLibraryException when there is none of this ordinal, or none that can be used
   */
  public static Gpu require(int ordinal) {
    Optional<String> reason = unavailable();
    if (reason.isPresent()) {
      throw new MissingLibraryException(
          "GPU %d cannot be used: %s".formatted(ordinal, reason.get()));
    }
    int count = CudaRuntime.deviceCount();
    if (ordinal >= count) {
      throw new MissingLibraryException(
          "there is no GPU %d: this machine has cuda:0%s"
              .formatted(ordinal, count == 1 ? "" : " to cuda:" + (count - 1)));
    }
    Gpu gpu = describe(ordinal);
    Optional<String> refusal = refusal(gpu);
    if (refusal.isPresent()) {
      throw new MissingLibraryException(refusal.get());
    }
    return gpu;
  }

  /** Why a GPU of this machine cannot be used, in one sentence; empty where it can. */
  public static Optional<String> refusal(Gpu gpu) {
    if (gpu.computeMajor() < OLDEST_COMPUTE_MAJOR) {
      return Optional.of(
          "GPU %d, %s, has compute capability %d.%d, but %d.0 or newer is needed"
              .formatted(
                  gpu.ordinal(),
                  gpu.name(),
                  gpu.computeMajor(),
                  gpu.computeMinor(),
                  OLDEST_COMPUTE_MAJOR));
    }
    return gpu.freeBytes() >= 0
        ? Optional.empty()
        : Optional.of(
            "GPU %d, %s, lets this process have none of its memory: another process has all of it, or the GPU for itself"
                .formatted(gpu.ordinal(), gpu.name()));
  }

  private static Gpu describe(int ordinal) {
    CudaMemoryInfo memory = memory(ordinal);
    String pciBusId = CudaRuntime.pciBusId(ordinal);
    return new Gpu(
        ordinal,
        CudaRuntime.deviceName(ordinal),
        computeMajor(ordinal),
        CudaRuntime.attribute(DeviceAttribute.COMPUTE_CAPABILITY_MINOR, ordinal),
        CudaRuntime.attribute(DeviceAttribute.MULTIPROCESSORS, ordinal),
        memory.totalBytes(),
        memory.freeBytes(),
        pciBusId,
        numaNode(Path.of("/sys/bus/pci/devices"), pciBusId));
  }

  private static int computeMajor(int ordinal) {
    return CudaRuntime.attribute(DeviceAttribute.COMPUTE_CAPABILITY_MAJOR, ordinal);
  }

  /**
   * In a thread of its own: the caller's current device stays as it is, and setting that back would
   * make CUDA set itself up there, too.
   */
  private static CudaMemoryInfo memory(int ordinal) {
    Executor ownThread = task -> Thread.ofPlatform().start(task);
    return CompletableFuture.supplyAsync(() -> memoryOfThisThreads(ordinal), ownThread).join();
  }

  private static CudaMemoryInfo memoryOfThisThreads(int ordinal) {
    try {
      CudaRuntime.setDevice(ordinal);
      return CudaMemory.info();
    } catch (CudaException e) {
      return new CudaMemoryInfo(-1, -1); // another process has it for itself
    }
  }

  /** As Linux says it below {@code devices}: -1 where it does not know. */
  static OptionalInt numaNode(Path devices, String pciBusId) {
    try {
      Path file = devices.resolve(pciBusId.toLowerCase(Locale.ROOT)).resolve("numa_node");
      int node = Integer.parseInt(Files.readString(file).strip());
      return node < 0 ? OptionalInt.empty() : OptionalInt.of(node);
    } catch (IOException | NumberFormatException e) {
      return OptionalInt.empty();
    }
  }
}
