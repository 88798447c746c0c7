package org.memo.plan;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.memo.planner.cost.CopyDirection;
import org.memo.planner.cost.CostModel;
import org.memo.planner.swap.LayerForm;
import org.memo.planner.swap.LayerProfile;
import org.memo.planner.swap.SwapFraction;
import org.memo.planner.swap.SwapFraction.Bound;
import org.memo.profile.JobProfile;
import org.memo.profile.JobProfiler;
import org.memo.profile.StepJob;

/**
 * Plans for what the user has decided: with as many of the last layers resident as fit, the others
 * swapping the fraction alpha of the paper's program; and lean ones, which leave as little as can
 * be in the slab.
 */
record ChoicePlanner(StepLayouts layouts, CostModel costs, SwapChoice choice) {

  /** The same for another choice. */
  ChoicePlanner with(SwapChoice other) {
    return new ChoicePlanner(layouts, costs, other);
  }

  /** The tiles to choose from, the decided one if there is one. */
  List<Long> tiles() {
    return choice.tileTokens().isPresent()
        ? List.of(Math.min(choice.tileTokens().getAsLong(), job().rankTokens()))
        : layouts.tiles();
  }

  /** Those that fit, of larger tiles first. */
  Stream<StepPlan> decided(MemoryLimits limits) {
    return tiles().stream().flatMap(tile -> withTile(tile, limits).stream());
  }

  /** Lean ones that fit, of larger tiles first. */
  Stream<StepPlan> lean(MemoryLimits limits) {
    return tiles().stream().flatMap(this::lean).filter(plan -> plan.fits(limits));
  }

  /** The one of the smallest slab. */
  StepPlan leanest(long tile) {
    return lean(tile).min(Comparator.comparing(plan -> plan.memory().slabBytes())).orElseThrow();
  }

  private Stream<StepPlan> lean(long tile) {
    double alpha = choice.alpha().orElse(0);
    Stream<List<LayerForm>> forms =
        choice.decidesForms()
            ? Stream.of(choice.lastForms().orElse(List.of()))
            : Stream.of(List.of(), layouts.allOf(LayerForm.RECOMPUTED_FROM_HOST));
    return forms.map(last ->
        layouts.planned(layouts.tiled(alpha, tile, choice.slots(), last), alpha, Bound.SLAB));
  }

  private Optional<StepPlan> withTile(long tile, MemoryLimits limits) {
    if (choice.lastForms().isPresent()) {
      StepPlan plan = withForms(choice.lastForms().get(), tile, limits);
      return Optional.of(plan).filter(decided -> decided.fits(limits));
    }
    int layers = job().config().numLayers();
    StepPlan allResident = withForms(resident(layers), tile, limits);
    return allResident.fits(limits)
        ? Optional.of(allResident)
        : mostResident(layers - 1, tile, limits);
  }

  /** With each resident layer the slab grows and the pool shrinks. */
  private Optional<StepPlan> mostResident(int atMost, long tile, MemoryLimits limits) {
    Optional<StepPlan> best = Optional.empty();
    int low = 0;
    int high = atMost;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      StepPlan plan = withForms(resident(middle), tile, limits);
      if (plan.memory().slabBytes() > limits.deviceBytes()) {
        high = middle - 1;
      } else {
        best = plan.fits(limits) ? Optional.of(plan) : best;
        low = middle + 1;
      }
    }
    return best;
  }

  private static List<LayerForm> resident(int layers) {
    return Collections.nCopies(layers, LayerForm.RESIDENT);
  }

  private StepPlan withForms(List<LayerForm> forms, long tile, MemoryLimits limits) {
    SwapFraction fraction =
        choice.alpha().isPresent()
            ? new SwapFraction(choice.alpha().getAsDouble(), Bound.NONE, true)
            : alpha(forms, tile, limits.hostBytes());
    return layouts.planned(
        layouts.tiled(fraction.alpha(), tile, choice.slots(), forms),
        fraction.alpha(),
        fraction.bound());
  }

  /** The paper's program, with what the pool holds besides the layers taken off first. */
  private SwapFraction alpha(List<LayerForm> forms, long tile, long hostBytes) {
    int slots = choice.slots();
    int swappedLayers =
        job().config().numLayers()
            - Math.toIntExact(forms.stream().filter(form -> form != LayerForm.SWAPPED).count());
    if (swappedLayers <= 0) {
      return new SwapFraction(0, Bound.NONE, true);
    }
    JobProfile half = JobProfiler.profile(job(), layouts.tiled(0.5, tile, slots, forms));
    JobProfile everything = JobProfiler.profile(job(), layouts.tiled(1, tile, slots, forms));
    long othersBytes = 2 * (everything.swappedBytes() - half.swappedBytes()) / swappedLayers;
    long fixedBytes = Math.max(0, everything.swappedBytes() / swappedLayers - othersBytes);
    long besides = everything.hostPoolBytes() - everything.swappedBytes();
    LayerProbe probe = LayerProbe.of(job(), layouts.tiled(0, tile, slots, forms), costs);
    return SwapFraction.solve(
        new LayerProfile(fixedBytes, 0, othersBytes, probe.costs().forwardSeconds()),
        swappedLayers,
        costs.copyBytesPerSecond(CopyDirection.TO_HOST),
        Math.max(0, hostBytes - besides));
  }

  private StepJob job() {
    return layouts.job();
  }
}
