package org.memo.step;

import org.memo.device.DeviceRegion;
import org.memo.memory.SlabAllocator;

/**
 * The temporaries of a token-wise segment, sized for the largest tile and shared by all tiles of a
 * layer's pass, so that a plan's length does not depend on the number of tiles.
 *
 * @param normed [n, E]; of size zero where norms are kept
 * @param act [n, F]; of size zero where it is not needed
 */
record TileWorkspace(DeviceRegion normed, DeviceRegion act) {
  private static final DeviceRegion NONE = new DeviceRegion(0, 0);

  static TileWorkspace allocate(
      SlabAllocator allocator, StepShape shape, boolean needsNorm, boolean needsAct) {
    return new TileWorkspace(
        needsNorm ? allocator.allocate("mlp norm", shape.tileBytes(shape.hidden())) : NONE,
        needsAct ? allocator.allocate("mlp activation", shape.tileBytes(shape.actWidth())) : NONE);
  }

  void free(SlabAllocator allocator) {
    if (normed.sizeBytes() > 0) {
      allocator.free(normed);
    }
    if (act.sizeBytes() > 0) {
      allocator.free(act);
    }
  }
}
