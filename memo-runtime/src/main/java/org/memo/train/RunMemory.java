package org.memo.train;

import org.memo.DoesNotFitException;
import org.memo.bindings.kernels.HostMemory;
import org.memo.machine.DeviceName;
import org.memo.machine.LocalDevice;
import org.memo.plan.MemoryLimits;
import org.memo.plan.StepPlan;

/** How much a rank may take, where several share a machine. */
final class RunMemory {
  private final LocalDevice device;
  private final int localRanks;

  RunMemory(LocalDevice device, RunRanks ranks) {
    this.device = device;
    this.localRanks = ranks.collectives().localRanks();
  }

  /**
   * What this rank may take: as given, else its share of what there is.
   *
   * @throws DoesNotFitException when a GPU's memory is another process's
   */
  MemoryLimits limits(DeviceOptions options) {
    int sharingDevice = isHost() ? localRanks : 1;
    return new MemoryLimits(
        options.deviceMemoryBytes().orElseGet(() -> device.defaultDeviceBytes() / sharingDevice),
        options.hostMemoryBytes().orElseGet(() -> device.defaultHostBytes() / localRanks));
  }

  /**
   * Throws unless all ranks of this machine can have what the plan says. To be asked before any of
   * them takes it.
   */
  void requireRoomFor(StepPlan plan) {
    long poolBytes = plan.profile().hostPoolBytes();
    long rankBytes = isHost() ? poolBytes + plan.memory().slabBytes() : poolBytes;
    long neededBytes = Math.multiplyExact(rankBytes, localRanks);
    long freeBytes = HostMemory.bytesFree();
    if (localRanks > 1 && freeBytes >= 0 && neededBytes > freeBytes) {
      throw new DoesNotFitException(
          "the %d ranks of this machine need %d bytes of its memory each, %d together, and %d are free: give them less by --device-memory or --host-memory, or spread them over more machines"
              .formatted(localRanks, rankBytes, neededBytes, freeBytes),
          neededBytes,
          freeBytes);
    }
  }

  private boolean isHost() {
    return device.name().kind() == DeviceName.Kind.HOST;
  }
}
