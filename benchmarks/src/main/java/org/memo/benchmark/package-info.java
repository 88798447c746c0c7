/**
 * JMH benchmarks of the pieces that a training step is made of, beside what the machine can do at
 * most: downcalls, copies, and ({@link org.memo.benchmark.kernel}) each operation of a device.
 */
@NullMarked
package org.memo.benchmark;

import org.jspecify.annotations.NullMarked;
