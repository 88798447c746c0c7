package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * Rounds f32 to another type, to the nearest and ties to even: the copy of the parameters that
 * forward and backward use in mixed precision.
 *
 * @param source [elements] f32
 * @param target [elements] of the type
 * @param type of target
 */
public record Cast(DeviceRegion source, DeviceRegion target, long elements, ElementType type)
    implements Operation {
  public Cast {
    Shapes.requireFloats("source", source, elements);
    Shapes.require("target", target, type, elements);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(source);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(target);
  }
}
