/**
 * The host as a device: a stream is a worker thread, an event a fence, and operations run on the
 * CPU by Memo's native kernels and oneDNN. Its slab and its pinned pool are separate memory, so
 * that copies really copy, beside the computation.
 */
@NullMarked
package org.memo.device.host;

import org.jspecify.annotations.NullMarked;
