package org.memo.memory;

import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;

/**
 * An activation that passes through a slot of rounding buffers: its leading bytes go to the pinned
 * pool and come back, the rest is computed again. The last users of the slots are still in them
 * when the backward pass begins (MEMO's layers n - 1 and n - 2): nothing of theirs is copied.
 */
public final class SwappedStore implements ActivationStore {
  private final ActivationSwapper swapper;
  private final RoundingBuffers buffers;
  private final long index;
  private final RoundingSlot slot;
  private final DeviceRegion swappedPart;
  private final HostRegion host;

  SwappedStore(ActivationSwapper swapper, RoundingBuffers buffers, long index, HostRegion host) {
    this.swapper = swapper;
    this.buffers = buffers;
    this.index = index;
    this.slot = buffers.slot(index);
    this.swappedPart = slot.region().slice(0, host.sizeBytes());
    this.host = host;
  }

  @Override
  public DeviceRegion region() {
    return slot.region();
  }

  @Override
  public void beginForward() {
    swapper.beforeWrite(slot);
  }

  @Override
  public void written() {
    if (isCopied()) {
      swapper.offload(slot, swappedPart, host);
    }
  }

  @Override
  public void endForward() {
    swapper.release(slot);
  }

  @Override
  public void beginBackward() {
    if (isCopied()) {
      swapper.beforeRead(slot);
    }
  }

  @Override
  public Restored restored() {
    return buffers.staysInItsSlot(index) ? Restored.ALL : Restored.SWAPPED_PART;
  }

  @Override
  public void endBackward() {
    swapper.release(slot);
    buffers.prefetchForSlotOf(index);
  }

  void prefetch() {
    if (isCopied()) {
      swapper.prefetch(slot, host, swappedPart);
    }
  }

  private boolean isCopied() {
    return host.sizeBytes() > 0;
  }
}
