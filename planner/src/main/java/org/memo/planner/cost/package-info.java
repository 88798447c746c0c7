/**
 * What work costs on hardware one may not have: {@link org.memo.planner.cost.Hardware} is one
 * node's description, read from a file that names a source for every efficiency, and {@link
 * org.memo.planner.cost.CostModel} turns shapes and bytes into seconds. It knows no operations and
 * no model.
 */
@NullMarked
package org.memo.planner.cost;

import org.jspecify.annotations.NullMarked;
