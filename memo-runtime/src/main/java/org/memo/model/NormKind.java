package org.memo.model;

/** How a layer normalises its input. */
public enum NormKind {
  /** Divides by the root mean square; a weight, no bias. */
  RMS,
  /** Subtracts the mean and divides by the standard deviation; a weight and a bias. */
  LAYER
}
