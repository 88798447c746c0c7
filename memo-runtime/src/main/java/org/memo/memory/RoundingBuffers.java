package org.memo.memory;

import java.util.ArrayList;
import java.util.List;
import org.memo.device.Device;
import org.memo.device.HostRegion;
import org.memo.device.PinnedPool;

/**
 * A ring of equal {@link RoundingSlot}s and the activations that pass through them, in the order of
 * the forward pass. Two slots let one be copied while the other is computed on; with one tile for
 * the whole sequence they are the paper's two rounding buffers, of which layer i uses number i % 2.
 */
public final class RoundingBuffers {
  private static final HostRegion NOTHING = new HostRegion(0, 0);

  private final ActivationSwapper swapper;
  private final PinnedPool pool;
  private final String name;
  private final long userCount;
  private final List<RoundingSlot> slots = new ArrayList<>();
  private final List<SwappedStore> users = new ArrayList<>();

  /**
   * @param slotCount two or more
   * @param userCount how many activations of a micro-batch will be added
   */
  public RoundingBuffers(
      ActivationSwapper swapper,
      Device device,
      SlabAllocator allocator,
      String name,
      int slotCount,
      long slotBytes,
      long userCount) {
    this.swapper = swapper;
    this.pool = device.pool();
    this.name = name;
    this.userCount = userCount;
    for (int i = 0; i < Math.min(slotCount, userCount); i++) {
      String slotName = name + " " + i;
      slots.add(RoundingSlot.create(device, slotName, allocator.allocate(slotName, slotBytes)));
    }
  }

  /**
   * The next user in the order of the forward pass.
   *
   * @param swappedBytes of its start, that are copied to the pinned pool unless it stays
   */
  public SwappedStore add(long swappedBytes) {
    long index = users.size();
    HostRegion host =
        swappedBytes == 0 || staysInItsSlot(index)
            ? NOTHING
            : pool.allocate(name + " of user " + index, swappedBytes);
    SwappedStore user = new SwappedStore(swapper, this, index, host);
    users.add(user);
    return user;
  }

  RoundingSlot slot(long index) {
    return slots.get(Math.toIntExact(index % slots.size()));
  }

  /** Whether no later user needs the slot: the content is still there in the backward pass. */
  boolean staysInItsSlot(long index) {
    return index >= userCount - slots.size();
  }

  /**
   * The slot of a user is free in the backward pass: the user before it in that slot may return.
   */
  void prefetchForSlotOf(long index) {
    long previous = index - slots.size();
    if (previous >= 0) {
      users.get(Math.toIntExact(previous)).prefetch();
    }
  }
}
