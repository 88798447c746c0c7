package org.memo.planner.trace;

/** One request to the allocator. */
public sealed interface Request {

  /** Which tensor it is about: tensors are counted from 0 in the order of their allocation. */
  long id();

  /** Asks for room for a tensor. */
  record Malloc(long id, String name, long sizeBytes) implements Request {}

  /** Gives the room of a tensor back. */
  record Free(long id) implements Request {}
}
