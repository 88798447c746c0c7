/** Our CUDA kernels, checked. */
@NullMarked
package org.memo.bindings.cuda;

import org.jspecify.annotations.NullMarked;
