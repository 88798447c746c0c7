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
 * @param attention [T, H D] and [H / U, U T] f32: the attention's output, then its log-sum-exp
 * @param tiles what the segment after attention keeps, by tile
 * @param workspace memory in which tiles are computed again, one after another; none where none is
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
}
