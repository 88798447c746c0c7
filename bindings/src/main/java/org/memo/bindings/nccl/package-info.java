/** NCCL, checked: its version, the id by which ranks meet, and the settings of a communicator. */
@NullMarked
package org.memo.bindings.nccl;

import org.jspecify.annotations.NullMarked;
