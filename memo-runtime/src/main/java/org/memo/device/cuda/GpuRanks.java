package org.memo.device.cuda;

import org.jspecify.annotations.Nullable;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.collective.Collectives;
import org.memo.collective.GpuChannel;
import org.memo.collective.GpuCollectives;
import org.memo.op.Collective;

/** The ranks that a GPU works with, of which it is one; it needs nobody where it is alone. */
final class GpuRanks implements AutoCloseable {
  private final Collectives collectives;
  private final @Nullable GpuCollectives group;

  /** On the current GPU. */
  GpuRanks(Collectives collectives) {
    this.collectives = collectives;
    this.group = collectives.ranks() == 1 ? null : collectives.gpus();
  }

  /** As {@link GpuCollectives#channel}. */
  GpuChannel channel(String stream, Collective operation, CudaStreamHandle handle) {
    if (group == null) {
      throw new IllegalArgumentException(
          "%s is over ranks=%d, but this GPU trains alone"
              .formatted(operation.name(), operation.ranks()));
    }
    return group.channel(stream, operation.ranks(), handle);
  }

  void noteBegin(String stream, Collective operation) {
    collectives.log().began(stream, operation);
  }

  void noteEnd(String stream) {
    collectives.log().ended(stream);
  }

  HostWait waits() {
    return new HostWait(group);
  }

  @Override
  public void close() {
    if (group != null) {
      group.close();
    }
  }
}
