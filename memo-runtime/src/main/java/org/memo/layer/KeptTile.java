package org.memo.layer;

import org.memo.device.DeviceRegion;

/**
 * What the token-wise segment after attention leaves for its backward pass, of one tile.
 *
 * @param residual [n, E]: the attention block's output with its input added
 * @param mlpIn [n, 2F] or [n, F]: the up projection's output, before the activation
 */
public record KeptTile(DeviceRegion residual, DeviceRegion mlpIn) {

  /** Lays both out in the first {@code tile.tokens() * (hidden + mlpWidth)} elements of memory. */
  static KeptTile in(DeviceRegion memory, TokenTile tile, long hidden, long mlpWidth) {
    return new KeptTile(
        memory.floats(0, tile.elements(hidden)),
        memory.floats(tile.elements(hidden), tile.elements(mlpWidth)));
  }
}
