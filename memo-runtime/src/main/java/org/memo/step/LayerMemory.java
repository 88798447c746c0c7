package org.memo.step;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.memory.RoundingSlot;

/** Where a layer's skeletal activations live. */
sealed interface LayerMemory {
  /** [T, E]: the layer's input. */
  DeviceRegion input();

  /** [T, (H + 2K) D]: queries, keys and values. */
  DeviceRegion qkv();

  /** [T, H D] and [H, T]: the attention's output, and after it its log-sum-exp. */
  DeviceRegion attention();

  /** Everything stays in the slab; kept holds, by tile, what the MLP keeps. */
  record Resident(
      DeviceRegion input, DeviceRegion qkv, DeviceRegion attention, List<DeviceRegion> kept)
      implements LayerMemory {}

  /**
   * The activations pass through rounding slots to the pinned pool and back.
   *
   * @param hostQkv of the swapped tokens
   * @param keptSlots a slot for each swapped tile; tiles share the slots of one ring
   * @param hostKept by swapped tile
   */
  record Swapped(
      RoundingSlot inputSlot,
      RoundingSlot qkvSlot,
      RoundingSlot attentionSlot,
      List<RoundingSlot> keptSlots,
      HostRegion hostInput,
      HostRegion hostQkv,
      HostRegion hostAttention,
      List<HostRegion> hostKept)
      implements LayerMemory {
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
