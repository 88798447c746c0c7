/**
 * What a training step asks of memory: the requests in the order in which they are made, and the
 * lifespan of each tensor that follows from them. Time is the index of a request, counted over the
 * whole trace; a lifespan is half-open, so a tensor freed by request 7 and one allocated by request
 * 7 or later may share an address.
 */
@NullMarked
package org.memo.planner.trace;

import org.jspecify.annotations.NullMarked;
