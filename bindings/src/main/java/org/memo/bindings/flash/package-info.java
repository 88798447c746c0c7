/**
 * Memo's attention kernels for NVIDIA GPUs, checked as {@link org.memo.bindings.cuda} says. What
 * they compute is said in {@code memo_flash.h}.
 */
@NullMarked
package org.memo.bindings.flash;

import org.jspecify.annotations.NullMarked;
