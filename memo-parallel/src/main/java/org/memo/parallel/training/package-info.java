/**
 * A run of training by all ranks of this process: one device, several of them with a thread each,
 * or one rank of those that a launcher has started.
 */
@NullMarked
package org.memo.parallel.training;

import org.jspecify.annotations.NullMarked;
