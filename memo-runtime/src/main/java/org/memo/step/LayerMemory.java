package org.memo.step;

import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.memory.RoundingBuffers;
import org.memo.memory.RoundingSlot;

/** Where a layer's skeletal activations live. */
sealed interface LayerMemory {
  /** [T, E]: the layer's input. */
  DeviceRegion input();

  /** [T, (H + 2K) D]: queries, keys and values. */
  DeviceRegion qkv();

  /** [T, H D] and [H, T]: the attention's output, and after it its log-sum-exp. */
  DeviceRegion attention();

  /**
   * Everything stays in the slab; kept holds what the MLP keeps of all tiles, one after another.
   */
  record Resident(DeviceRegion input, DeviceRegion qkv, DeviceRegion attention, DeviceRegion kept)
      implements LayerMemory {}

  /**
   * The activations pass through rounding slots to the pinned pool and back.
   *
   * @param hostQkv of the swapped tokens
   * @param keptRing slots for swapped tiles, shared by all layers
   * @param firstKept the ring's index of this layer's first tile
   * @param hostKept of the swapped tiles, one after another
   */
  record Swapped(
      RoundingSlot inputSlot,
      RoundingSlot qkvSlot,
      RoundingSlot attentionSlot,
      RoundingBuffers keptRing,
      long firstKept,
      HostRegion hostInput,
      HostRegion hostQkv,
      HostRegion hostAttention,
      HostRegion hostKept)
      implements LayerMemory {
    /** The slot that the layer's swapped tile number {@code tileIndex} passes through. */
    RoundingSlot keptSlot(int tileIndex) {
      return keptRing.slot(firstKept + tileIndex);
    }

    @Override
    public DeviceRegion input() {
      return inputSlot.region();
    }

    @Override
    public DeviceRegion qkv() {
      return qkvSlot.region();
    }

    @Override
    public DeviceRegion attention() {
      return attentionSlot.region();
    }
  }
}
