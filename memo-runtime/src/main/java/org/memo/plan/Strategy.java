package org.memo.plan;

import java.util.Locale;

/** How a step keeps what its backward pass needs. */
public enum Strategy {
  /** All that Memo can do: tiles, and for each layer the form that makes the step fastest. */
  BEST,
  /**
   * The paper to the letter: one alpha, two rounding buffers of a whole layer each, the last two
   * layers staying in them.
   */
  MEMO,
  /** Only layer inputs are kept, in the slab: full recomputation. */
  RECOMPUTE,
  /** Everything is swapped, through the paper's buffers: alpha = 1. */
  SWAP,
  /** Everything stays in the slab. */
  NONE;

  /** As {@code --strategy} takes it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
