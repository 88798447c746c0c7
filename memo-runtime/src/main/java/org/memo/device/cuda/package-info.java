/**
 * An NVIDIA GPU as a device: a slab of its memory, host memory registered for copies, CUDA's
 * streams and events. Products run by cuBLASLt, attention by the fastest of several engines, all
 * else by Memo's own kernels. One platform thread drives a GPU, since the current device and the
 * last error belong to the thread.
 */
@NullMarked
package org.memo.device.cuda;

import org.jspecify.annotations.NullMarked;
