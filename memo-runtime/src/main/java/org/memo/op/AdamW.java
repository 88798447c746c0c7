package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * One AdamW step (Loshchilov and Hutter, 2019) in PyTorch's order of operations, on parameters that
 * share a weight decay; the gradient is set to zero for the next step.
 *
 * @param parameters [elements]
 * @param firstMoment [elements]
 * @param secondMoment [elements]
 * @param gradient [elements]
 */
public record AdamW(
    DeviceRegion parameters,
    DeviceRegion firstMoment,
    DeviceRegion secondMoment,
    DeviceRegion gradient,
    long elements,
    AdamWStep step)
    implements Operation {
  public AdamW {
    Shapes.requireFloats("parameters", parameters, elements);
    Shapes.requireFloats("firstMoment", firstMoment, elements);
    Shapes.requireFloats("secondMoment", secondMoment, elements);
    Shapes.requireFloats("gradient", gradient, elements);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(parameters, firstMoment, secondMoment, gradient);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(parameters, firstMoment, secondMoment, gradient);
  }

  @Override
  public double flops() {
    return 14.0 * elements;
  }
}
