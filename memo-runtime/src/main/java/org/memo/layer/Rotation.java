package org.memo.layer;

import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.op.Rotary;
import org.memo.planner.cost.ElementType;

/**
 * The rotary position embedding of the queries and keys in rows of queries, keys and values.
 *
 * @param cosines [S, D/2] f32
 * @param sines [S, D/2] f32
 * @param heads query and key heads together: they lie side by side
 * @param rowStride elements of a row
 * @param type of the rows
 */
public record Rotation(
    DeviceRegion cosines,
    DeviceRegion sines,
    long heads,
    long headDim,
    long rowStride,
    ElementType type) {

  /** Rotates, or rotates back for the gradient, the rows [n, rowStride] in place. */
  public void apply(
      Stream stream, DeviceRegion rows, DeviceRegion positions, long count, boolean inverse) {
    stream.submit(
        new Rotary(
            rows, rowStride, positions, cosines, sines, count, heads, headDim, inverse, type));
  }
}
