package org.memo.train;

/** How the learning rate goes on after the warm-up. */
public enum ScheduleKind {
  /** Stays at its peak. */
  CONSTANT,
  /** Falls along half a cosine to 0 at the last step. */
  COSINE,
  /** Falls in a straight line to 0 at the last step. */
  LINEAR
}
