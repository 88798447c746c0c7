/**
 * A benchmark for each operation of a device, in the shapes of {@code llama-25m}. They name no kind
 * of device: the parameter {@code device} does.
 */
@NullMarked
package org.memo.benchmark.kernel;

import org.jspecify.annotations.NullMarked;
