/**
 * Decides before the first step what a training step does with memory: which activations move to
 * host memory ({@link org.memo.planner.swap}) and at which offset of the slab every tensor lives
 * ({@link org.memo.planner.allocation}). The way leads from a recorded {@link
 * org.memo.planner.trace.RequestTrace} to a {@link org.memo.planner.MemoryPlan}, which is checked
 * and can be read as a file. Knows no device and no native code.
 */
@NullMarked
package org.memo.planner;

import org.jspecify.annotations.NullMarked;
