package org.memo.model;

/** How a token's position enters the model. */
public sealed interface PositionEncoding {
  /**
   * Queries and keys are rotated by position * inverse frequency, in halves as Hugging Face does.
   */
  record Rotary(RotaryFrequencies frequencies) implements PositionEncoding {}

  /** A learned vector for each of {@code positions} positions is added to the token's embedding. */
  record Learned(long positions) implements PositionEncoding {}
}
