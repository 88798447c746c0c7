package org.memo.parallel;

import java.lang.foreign.MemorySegment;

/**
 * What a rank brings to a meeting.
 *
 * @param what the operation and its sizes: equal on all ranks, or their programs differ
 * @param source what the other ranks may read until the meeting ends
 */
record Call(String what, MemorySegment source) {}
