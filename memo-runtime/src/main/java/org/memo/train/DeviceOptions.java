package org.memo.train;

import java.util.OptionalLong;
import org.memo.machine.DeviceName;
import org.memo.plan.MemoryLimits;
import org.memo.planner.cost.ElementType;

/**
 * Where to train, with how much, and in what precision.
 *
 * @param deviceMemoryBytes limit of all device memory of a rank: weights, gradients, optimizer
 *     states and slab; empty: what there is
 * @param hostMemoryBytes limit of a rank's pinned pool, which holds swapped activations; empty: the
 *     rank's share of what there is
 * @param threads threads of the processor's kernels
 * @param precision of activations and of the weights that compute; BF16 is mixed precision
 */
public record DeviceOptions(
    DeviceName device,
    OptionalLong deviceMemoryBytes,
    OptionalLong hostMemoryBytes,
    int threads,
    ElementType precision) {
  public DeviceOptions {
    deviceMemoryBytes.ifPresent(
        given -> OptionText.require(given >= 1, "device-memory", given, "above 0 bytes"));
    hostMemoryBytes.ifPresent(
        given -> OptionText.require(given >= 0, "host-memory", given, "0 bytes or more"));
  }

  /**
   * What a run made of them.
   *
   * @param used the device of this rank
   * @param ranks of the run: of several each has a GPU of its own, so that none stands for all
   */
  DeviceOptions resolved(DeviceName used, int ranks, MemoryLimits limits) {
    boolean named = device.kind() == DeviceName.Kind.CUDA;
    boolean ofAll = ranks > 1 && !named && used.kind() == DeviceName.Kind.CUDA;
    return new DeviceOptions(
        ofAll ? DeviceName.GPUS : used,
        OptionalLong.of(limits.deviceBytes()),
        OptionalLong.of(limits.hostBytes()),
        threads,
        precision);
  }
}
