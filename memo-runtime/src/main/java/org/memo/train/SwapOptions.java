package org.memo.train;

import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.memo.plan.StepPlan;
import org.memo.step.StepSettings;

/**
 * What moves between device and host.
 *
 * @param alpha the fraction of tokens whose other skeletal activations are swapped, not recomputed;
 *     empty: the planner decides
 * @param tileTokens tokens of a tile of the token-wise segments; empty: the planner decides
 * @param residency the layers that stay on the device
 */
public record SwapOptions(OptionalDouble alpha, OptionalLong tileTokens, Residency residency) {
  /** What a plan for a model of {@code numLayers} decided: gives the same plan again. */
  static SwapOptions of(StepPlan plan, int numLayers) {
    StepSettings settings = plan.settings();
    int resident = settings.residentLayers();
    return new SwapOptions(
        OptionalDouble.of(plan.alpha()),
        OptionalLong.of(settings.tileTokens()),
        resident == numLayers ? Residency.ALL : Residency.of(resident));
  }

  public SwapOptions {
    alpha.ifPresent(given ->
        OptionText.require(
            given >= 0 && given <= 1, "alpha", given, "auto or a number from 0 to 1"));
    tileTokens.ifPresent(
        given -> OptionText.require(given >= 1, "tile", given, "auto or 1 token or more"));
  }
}
