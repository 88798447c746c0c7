package org.memo.plan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.memo.DoesNotFitException;
import org.memo.planner.cost.CopyDirection;
import org.memo.planner.cost.CostModel;
import org.memo.planner.swap.Bisection;
import org.memo.planner.swap.HostMemory;
import org.memo.planner.swap.LayerForm;
import org.memo.planner.swap.LayerProfile;
import org.memo.planner.swap.SwapFraction;
import org.memo.planner.swap.SwapFraction.Bound;
import org.memo.profile.JobProfile;
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
  private final StepLayouts layouts;
  private final CostModel costs;

  /**
   * @param costs of the device, for alpha and for what is computed again
   */
  public StepPlanner(StepJob job, TileChoices choices, CostModel costs) {
    this(job, StepLayouts.of(job, choices), 0, costs);
  }

  /**
   * @param headGroups all that there are to choose from
   * @param chosen which of them
   */
  private StepPlanner(StepJob job, List<StepLayouts> headGroups, int chosen, CostModel costs) {
    this.job = job;
    this.headGroups = headGroups;
    this.layouts = headGroups.get(chosen);
    this.costs = costs;
  }

  /** With the heads in one group, in more of them, in as many as can be. */
  private Stream<StepPlanner> ofHeadGroups() {
    return IntStream.range(0, headGroups.size()).mapToObj(this::ofHeadGroups);
  }

  private StepPlanner ofHeadGroups(int chosen) {
    return new StepPlanner(job, headGroups, chosen, costs);
  }

  /** Which takes the least memory. */
  private StepPlanner ofMostHeadGroups() {
    return ofHeadGroups(headGroups.size() - 1);
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
    requireRoomForLayerInputs(limits);
    List<Long> tiles = tiles(choice);
    Optional<StepPlan> plan =
        choice.decidesForms()
            ? ofHeadGroups().flatMap(planner -> planner.decided(choice, limits)).findFirst()
            : fastest(choice, limits, others);
    return plan.or(
            () -> ofHeadGroups().flatMap(planner -> planner.anyLean(choice, limits)).findFirst())
        .orElseThrow(() -> ofMostHeadGroups().doesNotFit(tiles.getLast(), choice, limits));
  }

  private Stream<StepPlan> decided(SwapChoice choice, MemoryLimits limits) {
    return tiles(choice).stream().flatMap(tile -> withTile(tile, choice, limits).stream());
  }

  private Stream<StepPlan> anyLean(SwapChoice choice, MemoryLimits limits) {
    return tiles(choice).stream()
        .flatMap(tile -> lean(tile, choice))
        .filter(lean -> lean.fits(limits));
  }

  /** Of equally fast ones, the one with the fewest groups of heads. */
  private Optional<StepPlan> fastest(
      SwapChoice choice, MemoryLimits limits, List<StepPlan> others) {
    return headGroups.stream()
        .flatMap(groups ->
            new BestPlanner(groups, costs, limits)
                .plan(tiles(choice), groups == layouts ? others : List.of()).stream())
        .min(Comparator.comparing(TimedPlan::seconds))
        .map(TimedPlan::plan);
  }

  /**
   * The plan by a strategy.
   *
   * @throws DoesNotFitException with what the strategy would need
   */
  public StepPlan plan(Strategy strategy, MemoryLimits limits) {
    requireRoomForLayerInputs(limits);
    StepPlan plan = byStrategy(strategy, limits);
    if (!plan.fits(limits)) {
      throw shortage(plan.memory().slabBytes(), hostPoolBytes(plan), limits, ")");
    }
    return plan;
  }

  /** Whether a strategy's plan would fit; quicker than making it. */
  public boolean fits(Strategy strategy, MemoryLimits limits) {
    if (layerInputBytes() > (double) limits.deviceBytes() + limits.hostBytes()) {
      return false;
    }
    if (strategy != Strategy.BEST) {
      return byStrategy(strategy, limits).fits(limits);
    }
    return ofMostHeadGroups().fitsOpen(limits) || headGroups.size() > 1 && fitsOpen(limits);
  }

  private boolean fitsOpen(MemoryLimits limits) {
    long smallest = layouts.tiles().getLast();
    return fitting(smallest, limits).isPresent()
        || leanest(smallest, SwapChoice.auto()).fits(limits);
  }

  private StepPlan byStrategy(Strategy strategy, MemoryLimits limits) {
    return switch (strategy) {
      case BEST -> best(limits);
      case MEMO -> paper(limits.hostBytes());
      case RECOMPUTE -> whole(0, layouts.allOf(LayerForm.RECOMPUTED), Bound.NONE);
      case SWAP -> whole(1, List.of(), Bound.NONE);
      case NONE -> whole(0, layouts.allOf(LayerForm.RESIDENT), Bound.NONE);
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
    StepSettings settings = layouts.whole(0, List.of());
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
    return layouts.planned(
        new StepSettings(
            job.batchSize(),
            job.sequenceLength(),
            0,
            tokens,
            StepLayouts.TILE_SLOTS,
            layouts.allOf(LayerForm.RESIDENT),
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
    return layouts.planned(
        layouts.tiled(alpha, tileTokens, StepLayouts.TILE_SLOTS, resident(residentLayers)), alpha);
  }

  private StepPlan whole(double alpha, List<LayerForm> lastForms, Bound bound) {
    return layouts.planned(layouts.whole(alpha, lastForms), alpha, bound);
  }

  /** What no plan can do without, looked at first: a plan for a thousand times more takes long. */
  private void requireRoomForLayerInputs(MemoryLimits limits) {
    double inputBytes = layerInputBytes();
    double available = (double) limits.deviceBytes() + limits.hostBytes();
    if (inputBytes > available) {
      throw new DoesNotFitException(
          "the step does not fit: the inputs of all layers alone take %.0f bytes of device and host memory, which may use %.0f; change --device-memory, --host-memory, --sequence-length or --batch-size"
              .formatted(inputBytes, available),
          (long) inputBytes,
          (long) available);
    }
  }

  private double layerInputBytes() {
    return (double) job.type().bytes()
        * job.rankTokens()
        * job.config().hiddenSize()
        * job.config().numLayers();
  }

  private List<Long> tiles(SwapChoice choice) {
    return choice.tileTokens().isPresent()
        ? List.of(Math.min(choice.tileTokens().getAsLong(), job.rankTokens()))
        : layouts.tiles();
  }

  private Optional<StepPlan> withTile(long tile, SwapChoice choice, MemoryLimits limits) {
    if (choice.lastForms().isPresent()) {
      StepPlan plan = withForms(choice.lastForms().get(), tile, choice, limits);
      return Optional.of(plan).filter(decided -> decided.fits(limits));
    }
    int layers = job.config().numLayers();
    StepPlan allResident = withForms(resident(layers), tile, choice, limits);
    return allResident.fits(limits)
        ? Optional.of(allResident)
        : mostResident(layers - 1, tile, choice, limits);
  }

  /** With each resident layer the slab grows and the pool shrinks. */
  private Optional<StepPlan> mostResident(
      int atMost, long tile, SwapChoice choice, MemoryLimits limits) {
    Optional<StepPlan> best = Optional.empty();
    int low = 0;
    int high = atMost;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      StepPlan plan = withForms(resident(middle), tile, choice, limits);
      if (plan.memory().slabBytes() > limits.deviceBytes()) {
        high = middle - 1;
      } else {
        best = plan.fits(limits) ? Optional.of(plan) : best;
        low = middle + 1;
      }
    }
    return best;
  }

  private StepPlan withForms(
      List<LayerForm> forms, long tile, SwapChoice choice, MemoryLimits limits) {
    SwapFraction fraction =
        choice.alpha().isPresent()
            ? new SwapFraction(choice.alpha().getAsDouble(), Bound.NONE, true)
            : alpha(choice.slots(), forms, tile, limits.hostBytes());
    return layouts.planned(
        layouts.tiled(fraction.alpha(), tile, choice.slots(), forms),
        fraction.alpha(),
        fraction.bound());
  }

  /** The paper's program, with what the pool holds besides the layers taken off first. */
  private SwapFraction alpha(int slots, List<LayerForm> forms, long tile, long hostBytes) {
    int swappedLayers =
        job.config().numLayers()
            - Math.toIntExact(forms.stream().filter(form -> form != LayerForm.SWAPPED).count());
    if (swappedLayers <= 0) {
      return new SwapFraction(0, Bound.NONE, true);
    }
    JobProfile half = JobProfiler.profile(job, layouts.tiled(0.5, tile, slots, forms));
    JobProfile everything = JobProfiler.profile(job, layouts.tiled(1, tile, slots, forms));
    long othersBytes = 2 * (everything.swappedBytes() - half.swappedBytes()) / swappedLayers;
    long fixedBytes = Math.max(0, everything.swappedBytes() / swappedLayers - othersBytes);
    long besides = everything.hostPoolBytes() - everything.swappedBytes();
    LayerProbe probe = LayerProbe.of(job, layouts.tiled(0, tile, slots, forms), costs);
    return SwapFraction.solve(
        new LayerProfile(fixedBytes, 0, othersBytes, probe.costs().forwardSeconds()),
        swappedLayers,
        costs.copyBytesPerSecond(CopyDirection.TO_HOST),
        Math.max(0, hostBytes - besides));
  }

  /** Plans that leave as little as can be in the slab. */
  private Stream<StepPlan> lean(long tile, SwapChoice choice) {
    double alpha = choice.alpha().orElse(0);
    Stream<List<LayerForm>> forms =
        choice.decidesForms()
            ? Stream.of(choice.lastForms().orElse(List.of()))
            : Stream.of(List.of(), layouts.allOf(LayerForm.RECOMPUTED_FROM_HOST));
    return forms.map(last ->
        layouts.planned(layouts.tiled(alpha, tile, choice.slots(), last), alpha, Bound.SLAB));
  }

  private StepPlan leanest(long tile, SwapChoice choice) {
    return lean(tile, choice)
        .min(Comparator.comparing(plan -> plan.memory().slabBytes()))
        .orElseThrow();
  }

  private List<LayerForm> resident(int layers) {
    return Collections.nCopies(Math.min(layers, job.config().numLayers()), LayerForm.RESIDENT);
  }

  private DoesNotFitException doesNotFit(long tile, SwapChoice choice, MemoryLimits limits) {
    StepPlan leanest = leanest(tile, choice);
    long slab = leanest.memory().slabBytes();
    long pool = slab > limits.deviceBytes() ? hostPoolBytes(leanest) : leastPool(choice, limits);
    return shortage(
        slab,
        pool,
        limits,
        choice.equals(SwapChoice.auto()) ? ")" : ", or auto for --alpha, --tile and --residency)");
  }

  /** The smallest pool beside a slab of the given size: what fits there need not be swapped. */
  private long leastPool(SwapChoice choice, MemoryLimits limits) {
    if (!choice.decidesForms()) {
      return leastPool(tiles(choice).getLast(), limits);
    }
    SwapChoice leastSwapped = choice.withAlpha(choice.alpha().orElse(0));
    MemoryLimits anyPool = new MemoryLimits(limits.deviceBytes(), Long.MAX_VALUE);
    return tiles(choice).stream()
        .flatMap(tile ->
            Stream.concat(
                withTile(tile, leastSwapped, anyPool).stream(),
                lean(tile, choice).filter(plan -> plan.fits(anyPool))))
        .mapToLong(StepPlanner::hostPoolBytes)
        .min()
        .orElseThrow();
  }

  /**
   * Of the plan that fits the smallest pool, looked for in steps of a hundredth of what is enough.
   */
  private long leastPool(long tile, MemoryLimits limits) {
    long enough = hostPoolBytes(leanest(tile, SwapChoice.auto()));
    long granule = Math.max(1, enough / 100);
    OptionalLong tooLittle =
        Bisection.largestMultiple(
            granule, enough, pool -> fitting(tile, limits.withHostBytes(pool)).isEmpty());
    return fitting(tile, limits.withHostBytes(tooLittle.orElse(0) + granule))
        .map(StepPlanner::hostPoolBytes)
        .orElse(enough);
  }

  private Optional<StepPlan> fitting(long tile, MemoryLimits limits) {
    return new BestPlanner(layouts, costs, limits).fitting(tile);
  }

  private static long hostPoolBytes(StepPlan plan) {
    return plan.profile().hostPoolBytes();
  }

  private static DoesNotFitException shortage(
      long slab, long pool, MemoryLimits limits, String otherwise) {
    List<String> parts = new ArrayList<>();
    boolean device = slab > limits.deviceBytes();
    if (device) {
      parts.add(shortage("device", slab, limits.deviceBytes()));
    }
    if (pool > limits.hostBytes()) {
      parts.add(shortage("host", limits.ofNode(pool), limits.ofNode(limits.hostBytes())));
    }
    return new DoesNotFitException(
        "the step does not fit: "
            + String.join("; ", parts)
            + " (or a shorter --sequence-length or a smaller --batch-size"
            + otherwise,
        device ? slab : limits.ofNode(pool),
        device ? limits.deviceBytes() : limits.ofNode(limits.hostBytes()));
  }

  private static String shortage(String memory, long needed, long available) {
    return "it needs %d bytes of %s memory and may use %d; the smallest that would do is --%s-memory %d"
        .formatted(needed, memory, available, memory, needed);
  }
}
