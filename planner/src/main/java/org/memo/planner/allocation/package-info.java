/**
 * Offline dynamic storage allocation: given when each buffer is alive and how big it is, choose an
 * offset for each so that no two that are alive together share a byte, and the top of the highest
 * one, the <em>peak</em>, is low.
 *
 * <pre>
 *   offset
 *     |  +-----+      +--+     a {@link Problem} says the width (lifespan, half-open) and the
 *     |  |  b  |  +---+  |     height (bytes) of every box and where it stands in time,
 *     |  +--+--+--+ d |  |     a {@link Solver} moves the boxes up and down only,
 *     |  |  a     | | | c|     a {@link Validator}, which shares no code with solvers, checks
 *     +--+--------+-+-+--+--&gt;  the {@link Solution}, and {@link LowerBound} says how good it is.
 *                       time
 * </pre>
 */
@NullMarked
package org.memo.planner.allocation;

import org.jspecify.annotations.NullMarked;
