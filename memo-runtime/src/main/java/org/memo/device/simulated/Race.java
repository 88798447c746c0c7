package org.memo.device.simulated;

import org.memo.device.HostRegion;
import org.memo.device.MemoryRegion;

/**
 * Two accesses to the same bytes, one of them a write, that neither stream order nor an event
 * separates.
 *
 * @param earlier the one that was submitted first
 */
public record Race(Party earlier, Party later) {

  /**
   * One of the two.
   *
   * @param index among all operations and host accesses of the schedule, counted from 0
   * @param operation its name
   * @param region what it reads or writes
   * @param tensor the name of what lies there, empty where that is not known
   */
  public record Party(
      long index,
      String operation,
      String stream,
      boolean write,
      MemoryRegion region,
      String tensor) {

    private String named() {
      return isHost()
          ? "%s by the host (%d)".formatted(operation, index)
          : "%s (%d) on stream %s".formatted(operation, index, stream);
    }

    private String touches() {
      return "%s %s bytes [%d, %d)%s"
          .formatted(
              write ? "writes" : "reads",
              region instanceof HostRegion ? "pool" : "slab",
              region.offsetBytes(),
              region.offsetBytes() + region.sizeBytes(),
              tensor.isEmpty() ? "" : " of " + tensor);
    }

    private boolean isHost() {
      return stream.equals(SimulatedDevice.HOST);
    }
  }

  /** Both operations and the event that is missing. */
  public String message() {
    return "%s %s while %s, which %s, may still run: %s"
        .formatted(
            later.named(), later.touches(), earlier.named(), earlier.touches(), missingEvent());
  }

  private String missingEvent() {
    return later.isHost()
        ? "the host must wait for an event recorded on stream %s after %s (%d)"
            .formatted(earlier.stream, earlier.operation, earlier.index)
        : "%s on stream %s must wait for an event recorded on stream %s after %s (%d)"
            .formatted(
                later.operation, later.stream, earlier.stream, earlier.operation, earlier.index);
  }
}
