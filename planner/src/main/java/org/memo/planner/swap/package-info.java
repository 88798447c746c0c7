/**
 * Decides which activations a step moves to host memory and back. The more is moved, the less is
 * recomputed; the copies must hide behind compute and their target must fit the host. {@link
 * org.memo.planner.swap.SwapFraction} is MEMO's answer, one fraction for all layers; {@link
 * org.memo.planner.swap.ResidencyPlan} lets layers differ, so that what the slab has room for is
 * neither moved nor recomputed.
 */
@NullMarked
package org.memo.planner.swap;

import org.jspecify.annotations.NullMarked;
