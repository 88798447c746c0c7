package org.memo.op;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * One AdamW step (Loshchilov and Hutter, 2019) in PyTorch's order of operations, on parameters that
 * share a weight decay; the gradient is set to zero for the next step. What it computes with is
 * f32; in mixed precision it also writes the parameters' copy that forward and backward use.
 *
 * @param parameters [elements] f32
 * @param firstMoment [elements] f32
 * @param secondMoment [elements] f32
 * @param gradient [elements] f32
 * @param type of the layers' weights
 * @param weights [elements] of the type: the parameters rounded; none in f32, where the layers use
 *     the parameters themselves
 */
public record AdamW(
    DeviceRegion parameters,
    DeviceRegion firstMoment,
    DeviceRegion secondMoment,
    DeviceRegion gradient,
    long elements,
    AdamWStep step,
    ElementType type,
    @Nullable DeviceRegion weights)
    implements Operation {
  public AdamW {
    Shapes.requireFloats("parameters", parameters, elements);
    Shapes.requireFloats("firstMoment", firstMoment, elements);
    Shapes.requireFloats("secondMoment", secondMoment, elements);
    Shapes.requireFloats("gradient", gradient, elements);
    if ((type == ElementType.F32) != (weights == null)) {
      throw new IllegalArgumentException(
          "weights are a copy in another type than f32: type=" + type + " weights=" + weights);
    }
    if (weights != null) {
      Shapes.require("weights", weights, type, elements);
    }
  }

  /** In f32: the layers use the parameters themselves. */
  public AdamW(
      DeviceRegion parameters,
      DeviceRegion firstMoment,
      DeviceRegion secondMoment,
      DeviceRegion gradient,
      long elements,
      AdamWStep step) {
    this(parameters, firstMoment, secondMoment, gradient, elements, step, ElementType.F32, null);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(parameters, firstMoment, secondMoment, gradient);
  }

  @Override
  public List<MemoryRegion> writes() {
    List<MemoryRegion> writes = new ArrayList<>(reads());
    if (weights != null) {
      writes.add(weights);
    }
    return writes;
  }

  @Override
  public double flops() {
    return 14.0 * elements;
  }
}
