package org.memo.step;

import org.jspecify.annotations.Nullable;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.layer.Weight;
import org.memo.memory.SlabAllocator;
import org.memo.model.ParameterLayout;
import org.memo.model.ParameterLayout.Block;
import org.memo.op.AdamW;
import org.memo.op.AdamWStep;
import org.memo.op.SumOfSquares;
import org.memo.op.ZeroFill;
import org.memo.planner.cost.ElementType;

/**
 * The model's states in the slab: each one flat vector in the order of the {@link ParameterLayout}.
 *
 * @param parameters in f32, which the optimizer updates
 * @param computing the parameters in the type that computes: {@code parameters} themselves in f32
 * @param gradients in f32
 * @param firstMoment in f32
 * @param secondMoment in f32
 */
public record ModelStates(
    ParameterLayout layout,
    ElementType type,
    DeviceRegion parameters,
    DeviceRegion computing,
    DeviceRegion gradients,
    DeviceRegion firstMoment,
    DeviceRegion secondMoment) {

  static ModelStates allocate(ParameterLayout layout, ElementType type, SlabAllocator allocator) {
    long bytes = Math.multiplyExact(layout.elements(), Float.BYTES);
    DeviceRegion parameters = allocator.allocate("parameters", bytes);
    return new ModelStates(
        layout,
        type,
        parameters,
        type == ElementType.F32
            ? parameters
            : allocator.allocate("computing parameters", layout.elements() * type.bytes()),
        allocator.allocate("gradients", bytes),
        allocator.allocate("first moment", bytes),
        allocator.allocate("second moment", bytes));
  }

  /** A block's values and gradient. */
  Weight weight(Block block) {
    long elements = Math.multiplyExact(block.outputs(), block.inputs());
    return new Weight(
        block,
        computing.elements(type, block.offsetElements(), elements),
        gradients.floats(block.offsetElements(), elements),
        type);
  }

  @Nullable Weight weightOrNull(@Nullable Block block) {
    return block == null ? null : weight(block);
  }

  /** Submits what the first step starts from: no gradient, no moments. */
  void clear(Stream stream) {
    stream.submit(new ZeroFill(gradients));
    stream.submit(new ZeroFill(firstMoment));
    stream.submit(new ZeroFill(secondMoment));
  }

  /** Submits the sum of the squared gradients to {@code squares} [1] f64. */
  void sumSquares(Stream stream, DeviceRegion squares) {
    stream.submit(new ZeroFill(squares));
    stream.submit(new SumOfSquares(gradients, squares, layout.elements()));
  }

  /** Submits an optimizer step, which also clears the gradients. */
  void optimize(Stream stream, AdamWStep matrices, AdamWStep vectors) {
    long split = layout.matrixElements();
    submitAdamW(stream, 0, split, matrices);
    submitAdamW(stream, split, layout.elements() - split, vectors);
  }

  private void submitAdamW(Stream stream, long offset, long elements, AdamWStep step) {
    stream.submit(
        new AdamW(
            parameters.floats(offset, elements),
            firstMoment.floats(offset, elements),
            secondMoment.floats(offset, elements),
            gradients.floats(offset, elements),
            elements,
            step,
            type,
            type == ElementType.F32 ? null : computing.elements(type, offset, elements)));
  }
}
