package org.memo.train;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.memo.plan.StepPlan;
import org.memo.planner.swap.LayerForm;
import org.memo.step.StepSettings;

/**
 * What moves between device and host.
 *
 * @param alpha the fraction of tokens whose other skeletal activations are swapped, not recomputed;
 *     empty: the planner decides
 * @param tileTokens tokens of a tile of the token-wise segments; empty: the planner decides
 * @param tileSlots buffers through which swapped tiles pass; empty: the planner decides
 * @param residency what the last layers keep on the device
 */
public record SwapOptions(
    OptionalDouble alpha, OptionalLong tileTokens, OptionalInt tileSlots, Residency residency) {
  private static final int LEAST_SLOTS = 2;

  /** What a plan for a model of {@code numLayers} decided: gives the same plan again. */
  static SwapOptions of(StepPlan plan, int numLayers) {
    StepSettings settings = plan.settings();
    List<LayerForm> forms = settings.lastForms();
    int swapped = 0;
    while (swapped < forms.size() && forms.get(swapped) == LayerForm.SWAPPED) {
      swapped++; // what leads is swapped unless said otherwise
    }
    return new SwapOptions(
        OptionalDouble.of(plan.alpha()),
        OptionalLong.of(settings.tileTokens()),
        OptionalInt.of(settings.tileSlots()),
        settings.residentLayers() == numLayers
            ? Residency.ALL
            : Residency.of(forms.subList(swapped, forms.size())));
  }

  public SwapOptions {
    alpha.ifPresent(given ->
        OptionText.require(
            given >= 0 && given <= 1, "alpha", given, "auto or a number from 0 to 1"));
    tileTokens.ifPresent(
        given -> OptionText.require(given >= 1, "tile", given, "auto or 1 token or more"));
    tileSlots.ifPresent(given ->
        OptionText.require(given >= LEAST_SLOTS, "tile-slots", given, "auto or 2 or more"));
  }
}
