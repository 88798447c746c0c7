/**
 * Searches for a solution below a given capacity, which decide rather than minimise: a {@link
 * CapacitySearch} finds one, proves that there is none, or gives up when its {@link Deadline} has
 * passed. {@link LatticeSearch} is Memo's own, {@link Race} lets several run at once, and {@link
 * Descent} lowers a peak by asking for less and less.
 */
@NullMarked
package org.memo.planner.allocation.search;

import org.jspecify.annotations.NullMarked;
