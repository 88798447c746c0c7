/** Runs the tests of the scripts in {@code benchmarks/gpu}. */
@NullMarked
package org.memo.benchmark.gpu;

import org.jspecify.annotations.NullMarked;
