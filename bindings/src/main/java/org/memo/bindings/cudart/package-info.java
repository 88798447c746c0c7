/** The CUDA runtime, checked: memory, copies, streams, events, graphs. */
@NullMarked
package org.memo.bindings.cudart;

import org.jspecify.annotations.NullMarked;
