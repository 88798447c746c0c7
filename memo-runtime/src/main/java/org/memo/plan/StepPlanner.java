package org.memo.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.memo.DoesNotFitException;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;
import org.memo.planner.MemoryPlan;
import org.memo.planner.swap.LayerProfile;
import org.memo.planner.swap.SwapFraction;
import org.memo.profile.JobProfile;
import org.memo.profile.JobProfiler;
import org.memo.step.StepSettings;

/**
 * Chooses the layout of a step. In this order: everything resident where it fits; else as many of
 * the last layers as fit and, of the others, the fraction alpha of the paper's program; else
 * smaller tiles; else nothing but what is always swapped (alpha = 0). The choice depends on sizes
 * alone, not on measured times, so that the same settings always give the same plan and the same
 * bits.
 */
public final class StepPlanner {
  private static final long[] TILES = {1024, 512, 256, 128, 64};
  private static final int TILE_SLOTS = 2;

  /** Keeps a chunk's logits within what a processor's caches and a small slab can hold. */
  private static final long LOGITS_BYTES = 64L << 20;

  private static final long SMALLEST_LOSS_CHUNK = 16;

  private final ModelConfig config;
  private final ParameterLayout layout;
  private final long batchSize;
  private final long sequenceLength;
  private final SwapSpeeds speeds;

  /**
   * @param batchSize B: windows of a micro-batch
   * @param sequenceLength S: tokens of a window
   * @param speeds of the device, for alpha
   */
  public StepPlanner(
      ModelConfig config,
      ParameterLayout layout,
      long batchSize,
      long sequenceLength,
      SwapSpeeds speeds) {
    this.config = config;
    this.layout = layout;
    this.batchSize = batchSize;
    this.sequenceLength = sequenceLength;
    this.speeds = speeds;
  }

  /**
   * The plan for what was decided, or the best that fits where it was left open.
   *
   * @throws DoesNotFitException with the smallest slab or pool that would do
   */
  public StepPlan plan(SwapChoice choice, MemoryLimits limits) {
    requireRoomForLayerInputs(limits);
    List<Long> tiles = tiles(choice);
    for (long tile : tiles) {
      Optional<StepPlan> plan = withTile(tile, choice, limits);
      if (plan.isPresent()) {
        return plan.get();
      }
    }
    for (long tile : tiles) {
      StepPlan leanest = leanest(tile, choice);
      if (fits(leanest, limits)) {
        return leanest;
      }
    }
    throw doesNotFit(leanest(tiles.getLast(), choice), choice, limits);
  }

  /** What no plan can do without, looked at first: a plan for a thousand times more takes long. */
  private void requireRoomForLayerInputs(MemoryLimits limits) {
    double inputBytes =
        (double) Float.BYTES
            * batchSize
            * sequenceLength
            * config.hiddenSize()
            * config.numLayers();
    double available = (double) limits.deviceBytes() + limits.hostBytes();
    if (inputBytes > available) {
      throw new DoesNotFitException(
          "the step does not fit: the inputs of all layers alone take %.0f bytes of device and host memory, which may use %.0f; change --device-memory, --host-memory, --sequence-length or --batch-size"
              .formatted(inputBytes, available),
          (long) inputBytes,
          (long) available);
    }
  }

  /** The same step as other frameworks run it: all resident, one tile, the logits whole. */
  public StepPlan plain() {
    long tokens = Math.multiplyExact(batchSize, sequenceLength);
    return planned(
        new StepSettings(
            batchSize, sequenceLength, 0, tokens, TILE_SLOTS, config.numLayers(), tokens),
        0);
  }

  /** The plan for settings that are all decided, whether it fits or not. */
  public StepPlan decided(double alpha, long tileTokens, int residentLayers) {
    return planned(settings(alpha, tileTokens, residentLayers), alpha);
  }

  private StepSettings settings(double alpha, long tileTokens, int residentLayers) {
    long tokens = Math.multiplyExact(batchSize, sequenceLength);
    long tile = Math.min(tileTokens, tokens);
    long swapped = residentLayers >= config.numLayers() ? 0 : Math.round(alpha * tokens);
    long logitsRows = LOGITS_BYTES / (config.vocabSize() * Float.BYTES);
    long lossTokens = Math.min(tile, Math.max(SMALLEST_LOSS_CHUNK, logitsRows));
    return new StepSettings(
        batchSize,
        sequenceLength,
        swapped,
        tile,
        TILE_SLOTS,
        Math.min(residentLayers, config.numLayers()),
        lossTokens);
  }

  private StepPlan planned(StepSettings settings, double alpha) {
    JobProfile profile = profile(settings);
    return new StepPlan(settings, alpha, MemoryPlan.of(profile.trace()), profile);
  }

  private JobProfile profile(StepSettings settings) {
    return JobProfiler.profile(config, layout, settings);
  }

  private List<Long> tiles(SwapChoice choice) {
    long tokens = Math.multiplyExact(batchSize, sequenceLength);
    LongStream candidates =
        choice.tileTokens().isPresent()
            ? LongStream.of(choice.tileTokens().getAsLong())
            : LongStream.of(TILES);
    return candidates.map(tile -> Math.min(tile, tokens)).distinct().boxed().toList();
  }

  private Optional<StepPlan> withTile(long tile, SwapChoice choice, MemoryLimits limits) {
    int layers = config.numLayers();
    if (choice.residentLayers().isPresent()) {
      StepPlan plan = atResidency(choice.residentLayers().getAsInt(), tile, choice, limits);
      return Optional.of(plan).filter(decided -> fits(decided, limits));
    }
    StepPlan allResident = atResidency(layers, tile, choice, limits);
    return fits(allResident, limits)
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
      StepPlan plan = atResidency(middle, tile, choice, limits);
      if (plan.memory().slabBytes() > limits.deviceBytes()) {
        high = middle - 1;
      } else {
        best = fits(plan, limits) ? Optional.of(plan) : best;
        low = middle + 1;
      }
    }
    return best;
  }

  private StepPlan atResidency(
      int residentLayers, long tile, SwapChoice choice, MemoryLimits limits) {
    double alpha = choice.alpha().orElseGet(() -> alpha(residentLayers, tile, limits.hostBytes()));
    return decided(alpha, tile, residentLayers);
  }

  /** The paper's program, with what the pool holds besides the layers taken off first. */
  private double alpha(int residentLayers, long tile, long hostBytes) {
    int swappedLayers = config.numLayers() - residentLayers;
    if (swappedLayers <= 0) {
      return 0;
    }
    JobProfile half = profile(settings(0.5, tile, residentLayers));
    JobProfile everything = profile(settings(1, tile, residentLayers));
    long othersBytes = 2 * (everything.swappedBytes() - half.swappedBytes()) / swappedLayers;
    long fixedBytes = Math.max(0, everything.swappedBytes() / swappedLayers - othersBytes);
    long besides = everything.hostPoolBytes() - everything.swappedBytes();
    return SwapFraction.solve(
            new LayerProfile(fixedBytes, 0, othersBytes, forwardSeconds()),
            swappedLayers,
            speeds.copyBytesPerSecond(),
            Math.max(0, hostBytes - besides))
        .alpha();
  }

  private double forwardSeconds() {
    double tokens = (double) batchSize * sequenceLength;
    double weights =
        (double) config.hiddenSize() * (config.qkvSize() + config.attentionSize())
            + (double) config.hiddenSize() * config.ffnSize() * (config.isGated() ? 3 : 2);
    double attention = 2.0 * config.attentionSize() * tokens * sequenceLength;
    return (2 * tokens * weights + attention) / speeds.flopsPerSecond();
  }

  private StepPlan leanest(long tile, SwapChoice choice) {
    return decided(choice.alpha().orElse(0), tile, choice.residentLayers().orElse(0));
  }

  private static boolean fits(StepPlan plan, MemoryLimits limits) {
    return plan.memory().slabBytes() <= limits.deviceBytes()
        && plan.profile().hostPoolBytes() <= limits.hostBytes();
  }

  private DoesNotFitException doesNotFit(StepPlan leanest, SwapChoice choice, MemoryLimits limits) {
    long slab = leanest.memory().slabBytes();
    long pool = slab > limits.deviceBytes() ? hostPoolBytes(leanest) : leastPool(choice, limits);
    List<String> parts = new ArrayList<>();
    if (slab > limits.deviceBytes()) {
      parts.add(shortage("device", slab, limits.deviceBytes()));
    }
    if (pool > limits.hostBytes()) {
      parts.add(shortage("host", pool, limits.hostBytes()));
    }
    boolean device = slab > limits.deviceBytes();
    return new DoesNotFitException(
        "the step does not fit: "
            + String.join("; ", parts)
            + " (or a shorter --sequence-length or a smaller --batch-size"
            + (choice.equals(SwapChoice.auto())
                ? ")"
                : ", or auto for --alpha, --tile and --residency)"),
        device ? slab : pool,
        device ? limits.deviceBytes() : limits.hostBytes());
  }

  /** The smallest pool beside a slab of the given size: what fits there need not be swapped. */
  private long leastPool(SwapChoice choice, MemoryLimits limits) {
    SwapChoice leastSwapped =
        new SwapChoice(
            OptionalDouble.of(choice.alpha().orElse(0)),
            choice.tileTokens(),
            choice.residentLayers());
    MemoryLimits anyPool = new MemoryLimits(limits.deviceBytes(), Long.MAX_VALUE);
    return tiles(choice).stream()
        .flatMap(tile ->
            Stream.concat(
                withTile(tile, leastSwapped, anyPool).stream(),
                Stream.of(leanest(tile, choice)).filter(plan -> fits(plan, anyPool))))
        .mapToLong(StepPlanner::hostPoolBytes)
        .min()
        .orElseThrow();
  }

  private static long hostPoolBytes(StepPlan plan) {
    return plan.profile().hostPoolBytes();
  }

  private static String shortage(String memory, long needed, long available) {
    return "it needs %d bytes of %s memory and may use %d; the smallest that would do is --%s-memory %d"
        .formatted(needed, memory, available, memory, needed);
  }
}
