/**
 * The parts of a transformer as sequences of operations: each submits its forward or backward pass
 * to a stream. They hold weights, no activations.
 *
 * <p>Letters: T tokens, n tokens of a tile, E hidden, H query heads, K key/value heads, D head dim,
 * F ffn, V vocab. Data is of the weights' type, gradients of weights are f32.
 */
@NullMarked
package org.memo.layer;

import org.jspecify.annotations.NullMarked;
