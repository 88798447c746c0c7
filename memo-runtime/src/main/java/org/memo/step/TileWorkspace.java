package org.memo.step;

import org.memo.device.DeviceRegion;
import org.memo.memory.SlabAllocator;

/**
 * The temporaries of a token-wise segment, sized for the largest tile and shared by all tiles of a
 * layer's pass, so that a plan's length does not depend on the number of tiles.
 *
 * @param normed [n, E]
 * @param act [n, F]
 * @param kept what a recomputed tile keeps for a while; of size zero where none is recomputed
 */
record TileWorkspace(DeviceRegion normed, DeviceRegion act, DeviceRegion kept) {
  private static final DeviceRegion NONE = new DeviceRegion(0, 0);

  static TileWorkspace allocate(SlabAllocator allocator, StepShape shape, boolean recomputes) {
    return new TileWorkspace(
        allocator.allocate("mlp norm", shape.tileBytes(shape.hidden())),
        allocator.allocate("mlp activation", shape.tileBytes(shape.actWidth())),
        recomputes ? allocator.allocate("recomputed tile", shape.recomputedKeptBytes()) : NONE);
  }

  void free(SlabAllocator allocator) {
    allocator.free(normed);
    allocator.free(act);
    if (kept.sizeBytes() > 0) {
      allocator.free(kept);
    }
  }
}
