/** Matrix products by cuBLASLt, checked. */
@NullMarked
package org.memo.bindings.cublaslt;

import org.jspecify.annotations.NullMarked;
