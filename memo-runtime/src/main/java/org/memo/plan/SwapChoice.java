package org.memo.plan;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.memo.planner.swap.LayerForm;

/**
 * What the user has decided; the planner decides the rest.
 *
 * @param alpha the fraction of the tokens to swap
 * @param tileTokens the tile of the token-wise segments
 * @param tileSlots buffers through which swapped tiles pass, 2 or more
 * @param lastForms what the last layers keep; those before them are swapped
 */
public record SwapChoice(
    OptionalDouble alpha,
    OptionalLong tileTokens,
    OptionalInt tileSlots,
    Optional<List<LayerForm>> lastForms) {

  /** Nothing decided. */
  public static SwapChoice auto() {
    return new SwapChoice(
        OptionalDouble.empty(), OptionalLong.empty(), OptionalInt.empty(), Optional.empty());
  }

  /** Whether what each layer keeps follows from what is decided. */
  boolean decidesForms() {
    return alpha.isPresent() || tileSlots.isPresent() || lastForms.isPresent();
  }

  /** The same with alpha decided. */
  SwapChoice withAlpha(double decided) {
    return new SwapChoice(OptionalDouble.of(decided), tileTokens, tileSlots, lastForms);
  }

  int slots() {
    return tileSlots.orElse(StepLayouts.TILE_SLOTS);
  }
}
