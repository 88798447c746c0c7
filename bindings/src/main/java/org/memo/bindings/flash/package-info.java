/** Our attention kernels for NVIDIA GPUs, checked. */
@NullMarked
package org.memo.bindings.flash;

import org.jspecify.annotations.NullMarked;
