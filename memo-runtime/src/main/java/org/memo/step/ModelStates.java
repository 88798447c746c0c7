package org.memo.step;

import org.jspecify.annotations.Nullable;
import org.memo.device.DeviceRegion;
import org.memo.layer.Weight;
import org.memo.memory.SlabAllocator;
import org.memo.model.ParameterLayout;
import org.memo.model.ParameterLayout.Block;

/**
 * The model's states in the slab: each one flat f32 vector in the order of the {@link
 * ParameterLayout}.
 */
public record ModelStates(
    ParameterLayout layout,
    DeviceRegion parameters,
    DeviceRegion gradients,
    DeviceRegion firstMoment,
    DeviceRegion secondMoment) {

  static ModelStates allocate(ParameterLayout layout, SlabAllocator allocator) {
    long bytes = Math.multiplyExact(layout.elements(), Float.BYTES);
    return new ModelStates(
        layout,
        allocator.allocate("parameters", bytes),
        allocator.allocate("gradients", bytes),
        allocator.allocate("first moment", bytes),
        allocator.allocate("second moment", bytes));
  }

  /** A block's values and gradient. */
  Weight weight(Block block) {
    long elements = Math.multiplyExact(block.outputs(), block.inputs());
    return new Weight(
        block,
        parameters.floats(block.offsetElements(), elements),
        gradients.floats(block.offsetElements(), elements));
  }

  @Nullable Weight weightOrNull(@Nullable Block block) {
    return block == null ? null : weight(block);
  }
}
