package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;

/**
 * Rotates the heads of every row in place (rotary position embedding, the halves convention of
 * Hugging Face: element d pairs with d + D/2).
 *
 * @param x [rows, heads, D], the heads of a row side by side, rows rowStride elements apart
 * @param positions [rows] i32, each below the tables' positions
 * @param cosines [positions, D/2]
 * @param sines [positions, D/2]
 * @param inverse rotates back: the gradient
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
    boolean inverse)
    implements Operation {
  public Rotary {
    Shapes.requireStrided("x", x, rows, Math.multiplyExact(heads, headDim), rowStride);
    Shapes.requireInts("positions", positions, rows);
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
