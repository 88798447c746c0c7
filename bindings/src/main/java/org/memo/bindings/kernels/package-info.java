/**
 * Memo's CPU kernels ({@code memo_kernels.h}), checked. Letters: T tokens (rows), E hidden (cols),
 * H query heads, K key/value heads, D head dim, F ffn, V vocab.
 */
@NullMarked
package org.memo.bindings.kernels;

import org.jspecify.annotations.NullMarked;
