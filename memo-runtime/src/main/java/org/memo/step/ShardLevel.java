package org.memo.step;

/** What of the model's states is spread over the ranks. */
public enum ShardLevel {
  /** Every rank holds everything. */
  NONE,
  /** Parameters, gradients, moments: a rank holds its share of each (ZeRO's stage 3). */
  PARAMETERS
}
