/**
 * The step program: embedding, layers forward, loss, layers backward, optimizer, written once
 * against {@link org.memo.device.Device}. Run on the simulated device it yields the request trace
 * that the plan is made from; run on a real one every request is answered from that plan.
 *
 * <p>Letters: B batch, S sequence, P ranks that share a sequence, R places of their ring, U = P/R
 * ranks of a place, which share the heads, T = B*S/P tokens of a rank, E hidden, H query heads, K
 * key/value heads, D head dim, V vocab, L layers. Activations are of the settings' type, states and
 * gradients of weights f32.
 */
@NullMarked
package org.memo.step;

import org.jspecify.annotations.NullMarked;
