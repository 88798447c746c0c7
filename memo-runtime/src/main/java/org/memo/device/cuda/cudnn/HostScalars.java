package org.memo.device.cuda.cudnn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;

/** The numbers that cuDNN reads in host memory when an execution is queued. */
final class HostScalars {
  private final MemorySegment scale;
  private final MemorySegment minusInfinity;
  private final MemorySegment one;

  /** In memory that lives as long as the arena. */
  HostScalars(Arena arena, float scale) {
    this.scale = arena.allocateFrom(ValueLayout.JAVA_FLOAT, scale);
    this.minusInfinity = arena.allocateFrom(ValueLayout.JAVA_FLOAT, Float.NEGATIVE_INFINITY);
    this.one = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1f);
  }

  /** Those that a plan reads, by the ids of its tensors. */
  Map<Long, MemorySegment> of(PlanShape.Kind kind) {
    return kind.isBackward()
        ? Map.of(
            TensorId.SCALE.id(),
            scale,
            TensorId.MINUS_INFINITY.id(),
            minusInfinity,
            TensorId.ONE.id(),
            one)
        : Map.of(TensorId.SCALE.id(), scale, TensorId.MINUS_INFINITY.id(), minusInfinity);
  }
}
