package org.memo.layer;

import org.jspecify.annotations.Nullable;
import org.memo.device.DeviceRegion;

/**
 * What the token-wise segment after attention leaves for its backward pass, of one tile.
 *
 * @param residual [n, E]: the attention block's output with its input added
 * @param mlpIn [n, 2F] or [n, F]: the up projection's output, before the activation
 * @param normed [n, E]: the norm's output; none where it is computed again
 * @param act [n, F]: the activation's output; none where it is computed again
 */
public record KeptTile(
    DeviceRegion residual,
    DeviceRegion mlpIn,
    @Nullable DeviceRegion normed,
    @Nullable DeviceRegion act) {}
