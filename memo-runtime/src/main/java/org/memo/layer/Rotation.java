package org.memo.layer;

import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.op.Rotary;
import org.memo.planner.cost.ElementType;

/**
 * The rotary position embedding of the queries and keys in rows of queries, keys and values.
 *
 * @param cosines [T, D/2] f32: of the tokens' positions
 * @param sines [T, D/2] f32
 * @param runRows i32: 0, 1, 2 and so on, for each of the rows that are rotated at once
 * @param heads query and key heads together: they lie side by side
 * @param rowStride elements of a row
 * @param type of the rows
 */
public record Rotation(
    DeviceRegion cosines,
    DeviceRegion sines,
    DeviceRegion runRows,
    long heads,
    long headDim,
    long rowStride,
    ElementType type) {

  /** Rotates, or rotates back for the gradient, the tile's rows [n, rowStride] in place. */
  public void apply(Stream stream, TokenTile tile, DeviceRegion rows, boolean inverse) {
    for (TokenTile run : TokenTile.cut(tile.tokens(), 0, runRows.sizeBytes() / Integer.BYTES)) {
      TokenTile tokens = new TokenTile(tile.start() + run.start(), run.tokens(), tile.swapped());
      stream.submit(
          new Rotary(
              run.rows(rows, rowStride, type),
              rowStride,
              runRows.slice(0, run.tokens() * Integer.BYTES),
              tokens.rows(cosines, headDim / 2, ElementType.F32),
              tokens.rows(sines, headDim / 2, ElementType.F32),
              run.tokens(),
              heads,
              headDim,
              inverse,
              type));
    }
  }
}
