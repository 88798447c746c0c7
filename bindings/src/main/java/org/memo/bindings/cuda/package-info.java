/**
 * Memo's CUDA kernels, checked: an error becomes a {@link org.memo.bindings.NativeCallException}
 * or, where the CUDA runtime is the cause, a {@link org.memo.bindings.cudart.CudaException}.
 *
 * <p>What each kernel computes is said in {@code memo_cuda.h}. Tensors are row-major and lie in
 * device memory; counts and strides are in elements. A call enqueues work and returns: what a
 * kernel finds wrong with its data shows in {@link org.memo.bindings.cuda.CudaQueue#takeFault} once
 * the work is done. Addresses carry no sizes: that a tensor fits its place is the caller's to know.
 */
@NullMarked
package org.memo.bindings.cuda;

import org.jspecify.annotations.NullMarked;
