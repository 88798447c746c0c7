package org.memo.step;

/** What of the model's states is spread over the ranks, each holding its share (ZeRO). */
public enum ShardLevel {
  /** Every rank holds everything. */
  NONE,
  /** The optimizer's parameters and moments (ZeRO's stage 1). */
  OPTIMIZER,
  /** And the gradients (stage 2). */
  GRADIENTS,
  /** And the parameters that compute (stage 3). */
  PARAMETERS
}
