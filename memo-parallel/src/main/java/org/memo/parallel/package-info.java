/**
 * Training over several ranks: process groups, sequence parallelism and sharded model states. The
 * runtime below it knows only its {@code Collectives}; what carries them (NCCL, or this process's
 * own memory) is known here.
 */
@NullMarked
package org.memo.parallel;

import org.jspecify.annotations.NullMarked;
