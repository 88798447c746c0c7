package org.memo.train;

/** Which layers keep their skeletal activations on the device instead of swapping them. */
public enum Residency {
  /** As many of the last layers as the slab has room for. */
  AUTO,
  /** No layer: every layer swaps. */
  NONE,
  /** Every layer: nothing is swapped or recomputed. */
  ALL
}
