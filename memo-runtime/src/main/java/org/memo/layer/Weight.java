package org.memo.layer;

import org.memo.device.DeviceRegion;
import org.memo.model.ParameterLayout.Block;

/**
 * A parameter block in the slab with its gradient.
 *
 * @param value outputs * inputs elements
 * @param gradient as value; accumulated over the micro-batches of a step
 */
public record Weight(Block block, DeviceRegion value, DeviceRegion gradient) {}
