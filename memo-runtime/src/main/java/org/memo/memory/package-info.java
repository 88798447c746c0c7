/**
 * How a step gets its memory: requests are recorded while profiling and answered from the plan
 * while training; rounding buffers and the swapper move a layer's skeletal activations between the
 * slab and the pinned pool.
 */
@NullMarked
package org.memo.memory;

import org.jspecify.annotations.NullMarked;
