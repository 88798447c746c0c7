package org.memo.train;

/**
 * Where to train and with how much.
 *
 * @param device never {@link DeviceKind#AUTO}: resolved when the options are built
 * @param deviceMemoryBytes limit of all device memory: weights, gradients, optimizer states and
 *     slab
 * @param hostMemoryBytes limit of the pinned pool that holds swapped activations
 * @param threads threads of the processor's kernels
 */
public record DeviceOptions(
    DeviceKind device, long deviceMemoryBytes, long hostMemoryBytes, int threads) {
  /** As many processors as Linux counts in a set; OpenMP takes memory for each thread. */
  private static final int MAX_THREADS = 1024;

  public DeviceOptions {
    device = device == DeviceKind.AUTO ? DeviceKind.HOST : device;
    OptionText.require(deviceMemoryBytes >= 1, "device-memory", deviceMemoryBytes, "above 0 bytes");
    OptionText.require(hostMemoryBytes >= 0, "host-memory", hostMemoryBytes, "0 bytes or more");
    OptionText.require(
        threads >= 1 && threads <= MAX_THREADS, "threads", threads, "1 to " + MAX_THREADS);
  }
}
