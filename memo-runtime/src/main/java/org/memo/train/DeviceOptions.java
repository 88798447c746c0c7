package org.memo.train;

import org.memo.machine.DeviceName;
import org.memo.planner.cost.ElementType;

/**
 * Where to train, with how much, and in what precision.
 *
 * @param device never {@link DeviceName#AUTO}: resolved when the options are built
 * @param deviceMemoryBytes limit of all device memory: weights, gradients, optimizer states and
 *     slab
 * @param hostMemoryBytes limit of the pinned pool that holds swapped activations
 * @param threads threads of the processor's kernels
 * @param precision of activations and of the weights that compute; BF16 is mixed precision
 */
public record DeviceOptions(
    DeviceName device,
    long deviceMemoryBytes,
    long hostMemoryBytes,
    int threads,
    ElementType precision) {
  public DeviceOptions {
    OptionText.require(deviceMemoryBytes >= 1, "device-memory", deviceMemoryBytes, "above 0 bytes");
    OptionText.require(hostMemoryBytes >= 0, "host-memory", hostMemoryBytes, "0 bytes or more");
  }
}
