package org.memo.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.memo.planner.cost.CopyDirection;
import org.memo.planner.cost.CostModel;
import org.memo.planner.swap.Budgets;
import org.memo.planner.swap.LayerForm;
import org.memo.planner.swap.ResidencyException;
import org.memo.planner.swap.ResidencyPlan;
import org.memo.planner.swap.RoundingSlots;
import org.memo.planner.swap.RoundingSlots.Contents;
import org.memo.step.SkeletalSizes;
import org.memo.step.StepSettings;

/**
 * Finds the tiles, the rounding buffers and each layer's form that make the predicted step fastest
 * within the limits. The residency program works on estimates of the slab; its answers are planned
 * exactly, and asked for again with what they turned out to take.
 */
final class BestPlanner {
  private static final int ROUNDS = 5;

  /** What the rounding buffers may hold of a swapped layer, the fastest first. */
  private static final List<Contents> CONTENTS =
      List.of(Contents.SWAPPED_PART, Contents.TILES, Contents.NO_OTHERS);

  /** So near to a step without recomputation or stalls that nothing else is looked at. */
  private static final double NEAR = 1.002;

  private final StepLayouts layouts;
  private final CostModel costs;
  private final MemoryLimits limits;
  private final int layers;

  BestPlanner(StepLayouts layouts, CostModel costs, MemoryLimits limits) {
    this.layouts = layouts;
    this.costs = costs;
    this.limits = limits;
    this.layers = layouts.job().config().numLayers();
  }

  /** The fastest plan with one of these tiles, or of the others; empty where none fits. */
  Optional<TimedPlan> plan(List<Long> tiles, List<StepPlan> others) {
    List<TimedPlan> found = candidates(tiles);
    others.stream().filter(plan -> plan.fits(limits)).map(this::timed).forEach(found::add);
    return found.stream().min(Comparator.comparing(TimedPlan::seconds));
  }

  private List<TimedPlan> candidates(List<Long> tiles) {
    List<TimedPlan> found = new ArrayList<>();
    for (long tile : tiles) {
      StepPlan resident = resident(tile);
      if (resident.fits(limits)) {
        found.add(timed(resident));
        break; // smaller tiles only cost time
      }
      LayerProbe probe = LayerProbe.of(layouts.job(), resident.settings(), costs);
      for (Contents contents : CONTENTS) {
        new Search(tile, contents, probe, resident).run().ifPresent(found::add);
        if (found.stream()
            .anyMatch(candidate -> candidate.seconds() < NEAR * probe.seconds(layers))) {
          return found;
        }
      }
    }
    return found;
  }

  /** A plan that fits if any does, however slow it would be. */
  Optional<StepPlan> fitting(long tile) {
    StepPlan resident = resident(tile);
    if (resident.fits(limits)) {
      return Optional.of(resident);
    }
    LayerProbe probe = LayerProbe.of(layouts.job(), resident.settings(), costs);
    return new Search(tile, Contents.NO_OTHERS, probe, resident).fitting();
  }

  private StepPlan resident(long tile) {
    return layouts.planned(
        layouts.tiled(0, tile, StepLayouts.TILE_SLOTS, layouts.allOf(LayerForm.RESIDENT)), 0);
  }

  private TimedPlan timed(StepPlan plan) {
    return new TimedPlan(plan, StepPrediction.seconds(layouts.job(), plan, costs));
  }

  /** With given tiles and rounding buffers. */
  private final class Search {
    private final long tile;
    private final Contents contents;
    private final LayerProbe probe;
    private Budgets budgets;

    Search(long tile, Contents contents, LayerProbe probe, StepPlan resident) {
      this.tile = tile;
      this.contents = contents;
      this.probe = probe;
      long kept = Math.multiplyExact(layers, probe.costs().skeletalBytes());
      long besides = resident.memory().slabBytes() - kept;
      this.budgets =
          new Budgets(
              layers,
              Math.max(0, limits.deviceBytes() - besides),
              slots(probe.sizes()),
              Math.max(0, limits.hostBytes() - resident.profile().hostPoolBytes()),
              costs.copyBytesPerSecond(CopyDirection.TO_HOST),
              costs.copyBytesPerSecond(CopyDirection.TO_DEVICE),
              probe.otherSeconds());
    }

    Optional<TimedPlan> run() {
      return fitting().map(BestPlanner.this::timed);
    }

    /**
     * The program's answer, asked again with less until its exact plan fits, and with more while
     * that gives another one that fits.
     */
    Optional<StepPlan> fitting() {
      Optional<StepPlan> fitting = Optional.empty();
      long tooMuch = Long.MAX_VALUE;
      for (int round = 0; round < ROUNDS; round++) {
        Optional<StepPlan> plan = attempt();
        boolean same = plan.map(StepPlan::settings).equals(fitting.map(StepPlan::settings));
        if (plan.isEmpty() || same) {
          break;
        }
        if (plan.get().fits(limits)) {
          fitting = plan;
        } else {
          tooMuch = Math.min(tooMuch, budgets.slabBytes());
        }
        adjust(plan.get(), tooMuch);
      }
      return fitting;
    }

    private Optional<StepPlan> attempt() {
      try {
        return Optional.of(planned());
      } catch (ResidencyException nothingFits) {
        return withNeededSlab(nothingFits.neededSlabBytes());
      }
    }

    /** The estimate of the slab may be too high: the exact plan shows whether it was. */
    private Optional<StepPlan> withNeededSlab(long neededBytes) {
      budgets = budgets.withSlabBytes(neededBytes);
      try {
        return Optional.of(planned()).filter(plan -> plan.fits(limits));
      } catch (ResidencyException nothingFits) {
        return Optional.empty();
      }
    }

    private StepPlan planned() {
      ResidencyPlan residency = ResidencyPlan.best(probe.costs(), budgets);
      return layouts.planned(settings(residency), residency.alpha(), residency.bound());
    }

    /** By what the plan takes too much or leaves, but no more than halfway to what is too much. */
    private void adjust(StepPlan plan, long tooMuchSlabBytes) {
      long slab = budgets.slabBytes();
      long unused = limits.deviceBytes() - plan.memory().slabBytes();
      long hostExcess = Math.max(0, plan.profile().hostPoolBytes() - limits.hostBytes());
      budgets =
          budgets
              .withSlabBytes(
                  Math.clamp(slab + unused, 0, Math.max(slab, slab / 2 + tooMuchSlabBytes / 2)))
              .withHostBytes(Math.max(0, budgets.hostBytes() - hostExcess));
    }

    private StepSettings settings(ResidencyPlan residency) {
      long swapped = layouts.swappedTokens(residency.alpha());
      long tilesOfLayer = Math.ceilDiv(swapped, tile);
      long slots = contents == Contents.SWAPPED_PART ? tilesOfLayer : 1;
      return layouts.tiled(
          residency.alpha(),
          tile,
          StepLayouts.TILE_SLOTS * Math.toIntExact(Math.max(1, slots)),
          residency.perLayer());
    }

    private RoundingSlots slots(SkeletalSizes sizes) {
      boolean part = contents == Contents.SWAPPED_PART;
      long tileBytes = contents == Contents.TILES ? sizes.tileBytes() : 0;
      long qkvBytes = contents == Contents.NO_OTHERS ? 0 : sizes.qkvBytes();
      long tiles = Math.ceilDiv(layouts.job().rankTokens(), tile);
      return new RoundingSlots(
          contents,
          RoundingSlots.COUNT
              * (sizes.inputBytes() + sizes.attentionBytes() + qkvBytes + tileBytes),
          part ? RoundingSlots.COUNT * sizes.keptBytes() : 0,
          part ? Math.toIntExact(tiles) : 0,
          RoundingSlots.COUNT * sizes.inputBytes(),
          sizes.qkvBytes() + sizes.tileBytes(),
          sizes.attentionBytes());
    }
  }
}
