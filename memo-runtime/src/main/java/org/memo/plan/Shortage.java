package org.memo.plan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.memo.DoesNotFitException;
import org.memo.planner.swap.Bisection;
import org.memo.profile.StepJob;

/** What is said of a step that does not fit. */
final class Shortage {
  private Shortage() {}

  /** Of a plan whose settings are given. */
  static DoesNotFitException of(StepPlan plan, MemoryLimits limits) {
    return of(plan.memory().slabBytes(), hostPoolBytes(plan), limits, "");
  }

  /** With the smallest slab or pool that would do. */
  static DoesNotFitException of(ChoicePlanner planner, MemoryLimits limits) {
    StepPlan leanest = planner.leanest(planner.tiles().getLast());
    long slab = leanest.memory().slabBytes();
    return of(
        slab,
        slab > limits.deviceBytes() ? hostPoolBytes(leanest) : leastPool(planner, limits),
        limits,
        planner.choice().equals(SwapChoice.auto())
            ? ""
            : ", or auto for --alpha, --tile and --residency");
  }

  private static DoesNotFitException of(
      long slabBytes, long poolBytes, MemoryLimits limits, String otherwise) {
    List<String> parts = new ArrayList<>();
    boolean device = slabBytes > limits.deviceBytes();
    if (device) {
      parts.add(part("device", slabBytes, limits.deviceBytes()));
    }
    if (poolBytes > limits.hostBytes()) {
      parts.add(part("host", limits.ofNode(poolBytes), limits.ofNode(limits.hostBytes())));
    }
    return new DoesNotFitException(
        "the step does not fit: %s (or a shorter --sequence-length or a smaller --batch-size%s)"
            .formatted(String.join("; ", parts), otherwise),
        device ? slabBytes : limits.ofNode(poolBytes),
        device ? limits.deviceBytes() : limits.ofNode(limits.hostBytes()));
  }

  private static String part(String memory, long needed, long available) {
    return "it needs %d bytes of %s memory and may use %d; the smallest that would do is --%s-memory %d"
        .formatted(needed, memory, available, memory, needed);
  }

  /** The smallest pool beside a slab of the given size: what fits there need not be swapped. */
  private static long leastPool(ChoicePlanner planner, MemoryLimits limits) {
    if (!planner.choice().decidesForms()) {
      return leastPoolOfOpen(planner, limits);
    }
    SwapChoice choice = planner.choice();
    ChoicePlanner leastSwapped = planner.with(choice.withAlpha(choice.alpha().orElse(0)));
    MemoryLimits anyPool = limits.withHostBytes(Long.MAX_VALUE);
    return Stream.concat(leastSwapped.decided(anyPool), planner.lean(anyPool))
        .mapToLong(Shortage::hostPoolBytes)
        .min()
        .orElseThrow();
  }

  /**
   * Of the plan that fits the smallest pool, looked for in steps of a hundredth of what is enough.
   */
  private static long leastPoolOfOpen(ChoicePlanner planner, MemoryLimits limits) {
    long tile = planner.tiles().getLast();
    long enough = hostPoolBytes(planner.with(SwapChoice.auto()).leanest(tile));
    long granule = Math.max(1, enough / 100);
    LongFunction<Optional<StepPlan>> fitting =
        pool ->
            new BestPlanner(planner.layouts(), planner.costs(), limits.withHostBytes(pool))
                .fitting(tile);
    OptionalLong tooLittle =
        Bisection.largestMultiple(granule, enough, pool -> fitting.apply(pool).isEmpty());
    return fitting.apply(tooLittle.orElse(0) + granule).map(Shortage::hostPoolBytes).orElse(enough);
  }

  private static long hostPoolBytes(StepPlan plan) {
    return plan.profile().hostPoolBytes();
  }

  /** What no plan can do without, looked at first: a plan for a thousand times more takes long. */
  static void requireRoomForLayerInputs(StepJob job, MemoryLimits limits) {
    if (isOfLayerInputs(job, limits)) {
      double inputBytes = layerInputBytes(job);
      double available = available(limits);
      throw new DoesNotFitException(
          "the step does not fit: the inputs of all layers alone take %.0f bytes of device and host memory, which may use %.0f; change --device-memory, --host-memory, --sequence-length or --batch-size"
              .formatted(inputBytes, available),
          (long) inputBytes,
          (long) available);
    }
  }

  /** Whether not even the inputs of the layers have room. */
  static boolean isOfLayerInputs(StepJob job, MemoryLimits limits) {
    return layerInputBytes(job) > available(limits);
  }

  private static double available(MemoryLimits limits) {
    return (double) limits.deviceBytes() + limits.hostBytes();
  }

  private static double layerInputBytes(StepJob job) {
    return (double) job.type().bytes()
        * job.rankTokens()
        * job.config().hiddenSize()
        * job.config().numLayers();
  }
}
