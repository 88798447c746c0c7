/**
 * Training: options, the step, the optimizer, metrics and checkpoints. Letters: B windows of a
 * micro-batch, S tokens of a window, T = B*S, A micro-batches of a step.
 */
@NullMarked
package org.memo.train;

import org.jspecify.annotations.NullMarked;
