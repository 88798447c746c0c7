/**
 * NCCL, checked: its version, the id by which ranks meet, and communicators, whose collectives are
 * queued on streams of CUDA.
 */
@NullMarked
package org.memo.bindings.nccl;

import org.jspecify.annotations.NullMarked;
