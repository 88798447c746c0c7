/**
 * Decides which activations a step moves to host memory and back. The more is moved, the less is
 * recomputed; the copies must hide behind compute and their target must fit the host.
 */
@NullMarked
package org.memo.planner.swap;

import org.jspecify.annotations.NullMarked;
