package org.memo.layer;

import org.memo.device.DeviceRegion;
import org.memo.model.ParameterLayout.Block;
import org.memo.planner.cost.ElementType;

/**
 * A parameter block in the slab with its gradient.
 *
 * @param value outputs * inputs elements of {@code type}
 * @param gradient as many elements in f32; accumulated over the micro-batches of a step
 */
public record Weight(Block block, DeviceRegion value, DeviceRegion gradient, ElementType type) {}
