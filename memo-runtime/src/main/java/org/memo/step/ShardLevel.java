package org.memo.step;

/** Which of the model's states a rank holds only a share of (ZeRO's stages 1 to 3). */
public enum ShardLevel {
  NONE,
  /** Master parameters and moments. */
  OPTIMIZER,
  /** And gradients. */
  GRADIENTS,
  /** And the parameters that compute. */
  PARAMETERS
}
