package org.memo.step;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memo.memory.ActivationStore;
import org.memo.memory.RecomputedStore;
import org.memo.planner.swap.LayerForm;

/**
 * Where a layer's skeletal activations live.
 *
 * @param input [T, E]: the layer's input
 * @param norm [T, E]: the attention norm's output; none where it is not kept
 * @param qkv [T, (H + 2K) D]: queries, keys and values
 * @param attention [T, H D] and [H / P, P T] f32: the attention's output, then its log-sum-exp
 * @param tiles what the segment after attention keeps, by tile; none for a tile that is computed
 *     again in the workspace
 * @param workspace memory for one such tile; none where there is none
 */
record LayerMemory(
    LayerForm form,
    ActivationStore input,
    @Nullable ActivationStore norm,
    ActivationStore qkv,
    ActivationStore attention,
    List<ActivationStore> tiles,
    @Nullable RecomputedStore workspace) {

  LayerMemory {
    tiles = List.copyOf(tiles);
  }

  /** Whether the layer's rounding buffers still hold all of it when its backward pass begins. */
  boolean staysInItsSlots() {
    return form == LayerForm.SWAPPED
        && qkv.restored() == ActivationStore.Restored.ALL
        && tiles.stream().allMatch(tile -> tile.restored() == ActivationStore.Restored.ALL);
  }
}
