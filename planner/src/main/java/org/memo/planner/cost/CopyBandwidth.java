package org.memo.planner.cost;

/**
 * Copies one way, per device.
 *
 * @param oneGpuBytesPerSecond while the node's other devices do not copy
 * @param allGpusBytesPerSecond while all of them do: they share switches and host memory
 */
public record CopyBandwidth(Sourced oneGpuBytesPerSecond, Sourced allGpusBytesPerSecond) {

  /**
   * @throws IllegalArgumentException if a device would be faster in company than alone
   */
  public CopyBandwidth {
    if (allGpusBytesPerSecond.value() > oneGpuBytesPerSecond.value()) {
      throw new IllegalArgumentException(
          "all_gpus_bytes_per_second is %s, above one_gpu_bytes_per_second=%s; it is per device"
              .formatted(allGpusBytesPerSecond.value(), oneGpuBytesPerSecond.value()));
    }
  }

  /**
   * Bytes per second of each of {@code copying} devices of a node of {@code all}: what one reaches
   * alone, until their sum is what the whole node can do.
   */
  double bytesPerSecond(int copying, int all) {
    double shared = allGpusBytesPerSecond.value() * all / copying;
    return Math.min(oneGpuBytesPerSecond.value(), shared);
  }
}
