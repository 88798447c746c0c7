package org.memo.plan;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.memo.DoesNotFitException;
import org.memo.planner.cost.CopyDirection;
import org.memo.planner.cost.CostModel;
import org.memo.planner.swap.HostMemory;
import org.memo.planner.swap.LayerForm;
import org.memo.planner.swap.SwapFraction;
import org.memo.planner.swap.SwapFraction.Bound;
import org.memo.profile.JobProfiler;
import org.memo.profile.StepJob;
import org.memo.step.ActivationLayout;
import org.memo.step.StepSettings;

/**
 * Chooses the layout of a job's step. Where everything is left open it is the one whose predicted
 * step is fastest. Where the user has decided alpha, what layers keep or the slots of tiles, it is,
 * in this order: as many of the last layers resident as fit and, of the others, the fraction alpha
 * of the paper's program; smaller tiles; nothing but what is always swapped (alpha = 0). The choice
 * depends on sizes and on the cost model alone, so that the same settings always give the same plan
 * and the same bits.
 */
public final class StepPlanner {
  /** What a layer's regions of the pinned pool may take beside their content. */
  private static final long ALIGNMENT_OF_A_LAYER_BYTES = 1024;

  private final StepJob job;
  private final List<StepLayouts> headGroups;
  private final CostModel costs;

  /**
   * @param costs of the device, for alpha and for what is computed again
   */
  public StepPlanner(StepJob job, TileChoices choices, CostModel costs) {
    this.job = job;
    this.headGroups = StepLayouts.of(job, choices);
    this.costs = costs;
  }

  /**
   * The plan for what was decided, or the best that fits where it was left open.
   *
   * @throws DoesNotFitException with the smallest slab or pool that would do
   */
  public StepPlan plan(SwapChoice choice, MemoryLimits limits) {
    return plan(choice, limits, List.of());
  }

  /**
   * @param others to choose from too where everything is left open
   */
  private StepPlan plan(SwapChoice choice, MemoryLimits limits, List<StepPlan> others) {
    Shortage.requireRoomForLayerInputs(job, limits);
    Optional<StepPlan> plan =
        choice.decidesForms()
            ? withChoice(choice).flatMap(planner -> planner.decided(limits)).findFirst()
            : fastest(choice, limits, others);
    return plan.or(() -> withChoice(choice).flatMap(planner -> planner.lean(limits)).findFirst())
        .orElseThrow(() -> Shortage.of(withChoice(leastMemory(), choice), limits));
  }

  /** With the heads in one group, in more of them, in as many as can be. */
  private Stream<ChoicePlanner> withChoice(SwapChoice choice) {
    return headGroups.stream().map(layouts -> withChoice(layouts, choice));
  }

  private ChoicePlanner withChoice(StepLayouts layouts, SwapChoice choice) {
    return new ChoicePlanner(layouts, costs, choice);
  }

  /** With the heads in one group. */
  private StepLayouts simplest() {
    return headGroups.getFirst();
  }

  /** With the heads in as many groups as can be. */
  private StepLayouts leastMemory() {
    return headGroups.getLast();
  }

  /** Of equally fast ones, the one with the fewest groups of heads. */
  private Optional<StepPlan> fastest(
      SwapChoice choice, MemoryLimits limits, List<StepPlan> others) {
    List<Long> tiles = withChoice(simplest(), choice).tiles();
    return headGroups.stream()
        .flatMap(layouts ->
            new BestPlanner(layouts, costs, limits)
                .plan(tiles, layouts == simplest() ? others : List.of()).stream())
        .min(Comparator.comparing(TimedPlan::seconds))
        .map(TimedPlan::plan);
  }

  /**
   * The plan by a strategy.
   *
   * @throws DoesNotFitException with what the strategy would need
   */
  public StepPlan plan(Strategy strategy, MemoryLimits limits) {
    Shortage.requireRoomForLayerInputs(job, limits);
    StepPlan plan = byStrategy(strategy, limits);
    if (!plan.fits(limits)) {
      throw Shortage.of(plan, limits);
    }
    return plan;
  }

  /** Whether a strategy's plan would fit; quicker than making it. */
  public boolean fits(Strategy strategy, MemoryLimits limits) {
    if (Shortage.isOfLayerInputs(job, limits)) {
      return false;
    }
    if (strategy != Strategy.BEST) {
      return byStrategy(strategy, limits).fits(limits);
    }
    return fits(leastMemory(), limits) || headGroups.size() > 1 && fits(simplest(), limits);
  }

  private boolean fits(StepLayouts layouts, MemoryLimits limits) {
    long smallest = layouts.tiles().getLast();
    return new BestPlanner(layouts, costs, limits).fitting(smallest).isPresent()
        || withChoice(layouts, SwapChoice.auto()).leanest(smallest).fits(limits);
  }

  private StepPlan byStrategy(Strategy strategy, MemoryLimits limits) {
    return switch (strategy) {
      case BEST -> best(limits);
      case MEMO -> paper(limits.hostBytes());
      case RECOMPUTE -> whole(0, simplest().allOf(LayerForm.RECOMPUTED), Bound.NONE);
      case SWAP -> whole(1, List.of(), Bound.NONE);
      case NONE -> whole(0, simplest().allOf(LayerForm.RESIDENT), Bound.NONE);
    };
  }

  /** Of our own plan, the paper's, and everything kept whole, the fastest that fits. */
  private StepPlan best(MemoryLimits limits) {
    List<StepPlan> whole =
        Stream.of(Strategy.MEMO, Strategy.NONE)
            .map(strategy -> byStrategy(strategy, limits))
            .toList();
    return plan(SwapChoice.auto(), limits, whole);
  }

  /** The paper's plan, whether it fits the slab or not. */
  private StepPlan paper(long hostBytes) {
    StepSettings settings = simplest().whole(0, List.of());
    LayerProbe probe = LayerProbe.of(job, settings, costs);
    long besides =
        JobProfiler.profile(job.withLayers(1), settings).hostPoolBytes()
            + job.config().numLayers() * ALIGNMENT_OF_A_LAYER_BYTES;
    SwapFraction fraction =
        SwapFraction.ofPaper(
            probe.costs().profile(),
            job.config().numLayers(),
            costs.copyBytesPerSecond(CopyDirection.TO_HOST),
            new HostMemory(hostBytes, 1, 0, besides));
    return whole(fraction.alpha(), List.of(), fraction.bound());
  }

  /** What other frameworks keep at the least: all resident, one tile, the logits whole. */
  public StepPlan plain() {
    long tokens = job.rankTokens();
    return simplest()
        .planned(
            new StepSettings(
                job.batchSize(),
                job.sequenceLength(),
                0,
                tokens,
                StepLayouts.TILE_SLOTS,
                simplest().allOf(LayerForm.RESIDENT),
                tokens,
                ActivationLayout.TILED,
                job.type(),
                job.ranks(),
                1,
                job.segments()),
            0);
  }

  /** The plan for settings that are all decided, whether it fits or not. */
  public StepPlan decided(double alpha, long tileTokens, int residentLayers) {
    List<LayerForm> last = Collections.nCopies(residentLayers, LayerForm.RESIDENT);
    return simplest()
        .planned(simplest().tiled(alpha, tileTokens, StepLayouts.TILE_SLOTS, last), alpha);
  }

  private StepPlan whole(double alpha, List<LayerForm> lastForms, Bound bound) {
    return simplest().planned(simplest().whole(alpha, lastForms), alpha, bound);
  }
}
