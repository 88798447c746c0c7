package org.memo.memory;

import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.device.Stream;
import org.memo.op.CopyToDevice;
import org.memo.op.CopyToHost;

/**
 * Moves the content of rounding slots between the slab and the pinned pool, beside the computation.
 *
 * <p>A slot's life: {@link #beforeWrite}, the computation writes it, {@link #offload}, {@link
 * #release}; and in the backward pass {@link #prefetch}, {@link #beforeRead}, the computation uses
 * it, {@link #release}. Each call only queues work.
 */
public final class ActivationSwapper {
  private final Stream compute;
  private final Stream offload;
  private final Stream prefetch;
  private long offloadedBytes;

  public ActivationSwapper(Stream compute, Stream offload, Stream prefetch) {
    this.compute = compute;
    this.offload = offload;
    this.prefetch = prefetch;
  }

  /** The computation waits until the slot's previous content has left it. */
  public void beforeWrite(RoundingSlot slot) {
    compute.await(slot.offloaded());
  }

  /** Copies a part of the slot to the pool once the computation submitted so far has passed. */
  public void offload(RoundingSlot slot, DeviceRegion part, HostRegion target) {
    compute.record(slot.computed());
    offload.await(slot.computed());
    offload.submit(new CopyToHost(part, target));
    offload.record(slot.offloaded());
    offloadedBytes += part.sizeBytes();
  }

  /** Says that the computation submitted so far is the last to use the slot's content. */
  public void release(RoundingSlot slot) {
    compute.record(slot.consumed());
  }

  /**
   * Brings a part of the slot back once the slot has been released and offloaded. As the offload
   * stream runs in order, the slot's newest offload also means that every older one, and so the
   * source's, is complete.
   */
  public void prefetch(RoundingSlot slot, HostRegion source, DeviceRegion part) {
    prefetch.await(slot.consumed());
    prefetch.await(slot.offloaded());
    prefetch.submit(new CopyToDevice(source, part));
    prefetch.record(slot.prefetched());
  }

  /** The computation waits until the slot's content is back. */
  public void beforeRead(RoundingSlot slot) {
    compute.await(slot.prefetched());
  }

  /**
   * Waits for all copies.
   *
   * @throws org.memo.device.DeviceException when one failed: what the computation read is worthless
   */
  public void synchronize() {
    offload.synchronize();
    prefetch.synchronize();
  }

  /** Bytes submitted for offloading since this swapper was made. */
  public long offloadedBytes() {
    return offloadedBytes;
  }
}
