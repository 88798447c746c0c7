package org.memo.planner.cost;

import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/**
 * A node of equal devices, and how fast each kind of work runs on it, as a file states it. Numbers
 * carry their sources, so that a plan can say what it rests on.
 *
 * @param name how {@code --hardware} calls it
 * @param description for people
 * @param gpusPerNode devices of a node
 * @param deviceMemoryBytes what a device offers to programs
 * @param reservedMemoryBytes what contexts, libraries and communication take of it
 * @param hostMemoryBytes of a node, shared by its devices
 * @param launchSeconds what each operation takes beside its work
 * @param matrix products, by element type
 * @param attention by element type
 * @param memory work bound by device memory
 * @param copies between device and host
 * @param intraNode the link between devices of a node
 * @param interNode the link between nodes, a device's share of it
 */
public record Hardware(
    String name,
    String description,
    int gpusPerNode,
    Sourced deviceMemoryBytes,
    Sourced reservedMemoryBytes,
    Sourced hostMemoryBytes,
    Sourced launchSeconds,
    SortedMap<ElementType, MatrixRate> matrix,
    SortedMap<ElementType, AttentionRate> attention,
    MemoryRate memory,
    CopyRate copies,
    LinkRate intraNode,
    LinkRate interNode) {

  /**
   * @throws IllegalArgumentException if a node has no device, or nothing of its memory is left
   */
  public Hardware {
    if (gpusPerNode < 1) {
      throw new IllegalArgumentException(
          "gpus_per_node is " + gpusPerNode + "; it must be at least 1");
    }
    if (reservedMemoryBytes.value() >= deviceMemoryBytes.value()) {
      throw new IllegalArgumentException(
          "reserved_memory_bytes is %s, device_memory_bytes=%s; less must be reserved"
              .formatted(reservedMemoryBytes.value(), deviceMemoryBytes.value()));
    }
  }

  /**
   * The hardware of this name that Memo knows.
   *
   * @throws IllegalArgumentException if it knows none, naming those that it knows
   */
  public static Hardware named(String name) {
    return HardwareFiles.named(name);
  }

  /** The names that {@link #named} takes, without their aliases. */
  public static List<String> names() {
    return HardwareFiles.NAMES;
  }

  /**
   * Reads a hardware file.
   *
   * @throws IllegalArgumentException if it cannot be read or is no hardware file, naming file and
   *     key
   */
  public static Hardware read(Path file) {
    return HardwareFiles.read(file);
  }

  /**
   * Writes a hardware file that {@link #read} takes.
   *
   * @throws java.io.UncheckedIOException if it cannot be written
   */
  public void write(Path file) {
    HardwareFiles.write(this, file);
  }

  /** Bytes of a device that a plan may use. */
  public long usableDeviceBytes() {
    return (long) (deviceMemoryBytes.value() - reservedMemoryBytes.value());
  }

  /** FLOP/s of the datasheet: the denominator of MFU. */
  public double peakFlops(ElementType type) {
    return matrixRate(type).peakFlops().value();
  }

  MatrixRate matrixRate(ElementType type) {
    return require(matrix, type, "matrix");
  }

  AttentionRate attentionRate(ElementType type) {
    return require(attention, type, "attention");
  }

  private <T> T require(SortedMap<ElementType, T> rates, ElementType type, String key) {
    T rate = rates.get(type);
    if (rate == null) {
      throw new IllegalArgumentException(
          "hardware %s has no %s rate for %s, only for %s"
              .formatted(name, key, type, rates.keySet()));
    }
    return rate;
  }
}
