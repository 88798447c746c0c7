/**
 * The operations that a training step is made of: records of data that say what they read and
 * write, how many floating-point operations they do and how many bytes they move. Devices run them.
 *
 * <p>Letters: B batch, S sequence, T = B*S tokens, E hidden, H query heads, K key/value heads, D
 * head dim, F ffn, V vocab. All data is f32, matrices are row-major. Gradients of parameters are
 * accumulated; gradients of activations are written unless an operation says otherwise.
 */
@NullMarked
package org.memo.op;

import org.jspecify.annotations.NullMarked;
