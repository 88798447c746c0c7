/**
 * The operations that a training step is made of: records of data that say what they read and
 * write, how many floating-point operations they do and how many bytes they move. Devices run them.
 *
 * <p>Letters: B batch, S sequence, T = B*S tokens, E hidden, H query heads, K key/value heads, D
 * head dim, F ffn, V vocab. Matrices are row-major. Gradients of parameters are accumulated;
 * gradients of activations are written unless an operation says otherwise.
 *
 * <p>Mixed precision: activations, their gradients and the weights that products and norms use are
 * of an operation's {@link org.memo.planner.cost.ElementType}. Always f32 are the gradients of
 * parameters, the optimizer's states, log-sum-exps and the rotary tables; sums over a step are f64.
 * Every operation has a constructor without a type: f32 throughout.
 */
@NullMarked
package org.memo.op;

import org.jspecify.annotations.NullMarked;
