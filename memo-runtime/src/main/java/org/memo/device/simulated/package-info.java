/**
 * A device without memory: it records what a step would do. The job profiler runs the step program
 * on it before anything is reserved.
 */
@NullMarked
package org.memo.device.simulated;

import org.jspecify.annotations.NullMarked;
