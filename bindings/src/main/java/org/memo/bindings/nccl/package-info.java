/** NCCL, checked: what needs no second GPU. */
@NullMarked
package org.memo.bindings.nccl;

import org.jspecify.annotations.NullMarked;
