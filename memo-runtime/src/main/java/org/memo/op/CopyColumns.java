package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * Copies columns of one matrix into another, rounded to its type where that differs: to the
 * nearest, ties to even.
 *
 * @param source [rows, sourceWidth]
 * @param target [rows, targetWidth]: its other columns stay as they are
 * @param sourceFirst the first column copied
 * @param targetFirst where it goes
 * @param cols how many
 * @param sourceType F32, or that of the target
 * @param type of the target
 */
public record CopyColumns(
    DeviceRegion source,
    DeviceRegion target,
    long rows,
    long cols,
    long sourceWidth,
    long sourceFirst,
    long targetWidth,
    long targetFirst,
    ElementType sourceType,
    ElementType type)
    implements Operation {
  public CopyColumns {
    Shapes.require("source", source, sourceType, rows, sourceWidth);
    Shapes.require("target", target, type, rows, targetWidth);
    Shapes.requireDisjoint(source, target);
    Shapes.requireColumns("source", sourceFirst, cols, sourceWidth);
    Shapes.requireColumns("target", targetFirst, cols, targetWidth);
    if (sourceType != type && sourceType != ElementType.F32) {
      throw new IllegalArgumentException(
          "sourceType=%s: valid are F32 and the target's %s".formatted(sourceType, type));
    }
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(source);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(target);
  }

  /** Of the columns alone. */
  @Override
  public long bytes() {
    return rows * cols * (sourceType.bytes() + type.bytes());
  }
}
