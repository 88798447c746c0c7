/** Matrix products of oneDNN's C API, checked. */
@NullMarked
package org.memo.bindings.onednn;

import org.jspecify.annotations.NullMarked;
