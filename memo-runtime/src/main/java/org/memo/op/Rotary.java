package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * Rotates the heads of every row in place (rotary position embedding, the halves convention of
 * Hugging Face: element d pairs with d + D/2).
 *
 * @param x [rows, heads, D], the heads of a row side by side, rows rowStride elements apart
 * @param positions [rows] i32: which row of the tables is a row's
 * @param cosines [table rows, D/2] f32
 * @param sines [table rows, D/2] f32
 * @param inverse rotates back: the gradient
 * @param type of x
 */
public record Rotary(
    DeviceRegion x,
    long rowStride,
    DeviceRegion positions,
    DeviceRegion cosines,
    DeviceRegion sines,
    long rows,
    long heads,
    long headDim,
    boolean inverse,
    ElementType type)
    implements Operation {
  public Rotary {
    Shapes.requireStrided("x", x, type, rows, Math.multiplyExact(heads, headDim), rowStride);
    Shapes.requireInts("positions", positions, rows);
  }

  /** In f32. */
  public Rotary(
      DeviceRegion x,
      long rowStride,
      DeviceRegion positions,
      DeviceRegion cosines,
      DeviceRegion sines,
      long rows,
      long heads,
      long headDim,
      boolean inverse) {
    this(x, rowStride, positions, cosines, sines, rows, heads, headDim, inverse, ElementType.F32);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(x, positions, cosines, sines);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(x);
  }

  @Override
  public double flops() {
    return 3.0 * rows * heads * headDim;
  }
}
