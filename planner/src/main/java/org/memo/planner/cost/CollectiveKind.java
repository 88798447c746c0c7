package org.memo.planner.cost;

/** What a group of ranks does together. */
public enum CollectiveKind {
  /** Each rank gives every other rank a part of its own. */
  ALL_TO_ALL,
  /** Each rank gets every rank's part. */
  ALL_GATHER,
  /** Each rank gets its part of the sum of all ranks' data. */
  REDUCE_SCATTER,
  /** Each rank gets the whole sum of all ranks' data. */
  ALL_REDUCE,
  /** Each rank passes a buffer to the next one of a ring. */
  SEND_RECEIVE
}
