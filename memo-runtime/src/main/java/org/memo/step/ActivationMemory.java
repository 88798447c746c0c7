package org.memo.step;

import java.util.ArrayList;
import java.util.List;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.PinnedPool;
import org.memo.layer.TokenTile;
import org.memo.memory.RoundingBuffers;
import org.memo.memory.SlabAllocator;

/**
 * The memory of all layers' skeletal activations: rounding buffers and host regions for the swapped
 * layers, own regions for the resident ones, and the residual stream's gradient.
 */
final class ActivationMemory {
  private static final int WHOLE_LAYER_SLOTS = 2;

  private final List<LayerMemory> layers = new ArrayList<>();
  private final DeviceRegion gradient;

  ActivationMemory(
      Device device,
      SlabAllocator allocator,
      StepSettings settings,
      StepShape shape,
      int layerCount) {
    int swappedLayers = Math.max(0, layerCount - settings.residentLayers());
    gradient = allocator.allocate("residual gradient", shape.inputBytes());
    if (swappedLayers > 0) {
      addSwapped(device, allocator, settings, shape, swappedLayers);
    }
    for (int i = swappedLayers; i < layerCount; i++) {
      layers.add(resident(allocator, shape, "layer " + i));
    }
  }

  LayerMemory layer(int index) {
    return layers.get(index);
  }

  /** [T, E]: the last layer's output, then the gradient of the residual stream. */
  DeviceRegion gradient() {
    return gradient;
  }

  private void addSwapped(
      Device device, SlabAllocator allocator, StepSettings settings, StepShape shape, int count) {
    List<TokenTile> tiles = shape.swappedTiles();
    // Queries, keys and values are copied only where tokens are swapped; else one buffer will do.
    int qkvSlots = tiles.isEmpty() ? 1 : WHOLE_LAYER_SLOTS;
    RoundingBuffers inputs =
        new RoundingBuffers(
            device, allocator, "layer input", WHOLE_LAYER_SLOTS, shape.inputBytes());
    RoundingBuffers attention =
        new RoundingBuffers(
            device, allocator, "attention", WHOLE_LAYER_SLOTS, shape.attentionBytes());
    RoundingBuffers qkv = new RoundingBuffers(device, allocator, "qkv", qkvSlots, shape.qkvBytes());
    RoundingBuffers kept =
        new RoundingBuffers(
            device,
            allocator,
            "kept tile",
            tiles.isEmpty() ? 0 : settings.tileSlots(),
            shape.swappedTileBytes());
    PinnedPool pool = device.pool();
    for (int i = 0; i < count; i++) {
      String name = "layer " + i;
      layers.add(
          new LayerMemory.Swapped(
              inputs.slot(i),
              qkv.slot(i),
              attention.slot(i),
              kept,
              (long) i * tiles.size(),
              pool.allocate(name + " input", shape.inputBytes()),
              pool.allocate(name + " qkv", shape.swappedQkvBytes()),
              pool.allocate(name + " attention", shape.attentionBytes()),
              pool.allocate(name + " kept tiles", shape.swappedKeptBytes())));
    }
  }

  private static LayerMemory resident(SlabAllocator allocator, StepShape shape, String name) {
    return new LayerMemory.Resident(
        allocator.allocate(name + " input", shape.inputBytes()),
        allocator.allocate(name + " qkv", shape.qkvBytes()),
        allocator.allocate(name + " attention", shape.attentionBytes()),
        allocator.allocate(name + " kept tiles", shape.bytes(shape.keptWidth())));
  }
}
