package org.memo.plan;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What the user has decided; the planner decides the rest.
 *
 * @param alpha the fraction of the tokens to swap
 * @param tileTokens the tile of the token-wise segments
 * @param residentLayers how many of the last layers stay in the slab
 */
public record SwapChoice(
    OptionalDouble alpha, OptionalLong tileTokens, OptionalInt residentLayers) {

  /** Nothing decided. */
  public static SwapChoice auto() {
    return new SwapChoice(OptionalDouble.empty(), OptionalLong.empty(), OptionalInt.empty());
  }
}
