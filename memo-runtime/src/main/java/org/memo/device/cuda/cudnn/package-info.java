/**
 * Attention by cuDNN's fused engines, driven through its graph API: graphs of forward and backward,
 * the plans that cuDNN compiles of them, kept in memory and on disk, and the engine that runs them
 * on groups of heads.
 *
 * <p>T tokens, H query heads, K key and value heads, D head dim. Queries, keys and values are
 * strided views of the rows of one [T, (H + 2K) D] matrix.
 */
@NullMarked
package org.memo.device.cuda.cudnn;

import org.jspecify.annotations.NullMarked;
