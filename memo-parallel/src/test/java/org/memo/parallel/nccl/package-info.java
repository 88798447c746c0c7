/** Groups whose ranks have a GPU each: on the CUDA emulation, or on the GPUs of the machine. */
@NullMarked
package org.memo.parallel.nccl;

import org.jspecify.annotations.NullMarked;
