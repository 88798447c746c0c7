package org.memo.planner.swap;

import java.util.List;
import java.util.Optional;
import org.memo.planner.swap.RoundingSlots.Contents;
import org.memo.planner.swap.SwapFraction.Bound;

/**
 * What each layer keeps, and where. MEMO has one decision, alpha, for all layers but the last two;
 * here each layer may also stay in the slab whole or in part, or be computed again, so that the
 * predicted step is fastest within slab, host memory and bandwidth ({@link ResidencyModel} has the
 * program).
 *
 * @param counts how many layers have each form, and alpha
 * @param perLayer the form of each layer; the last two swapped ones stay in the rounding buffers
 * @param slabBytes of the kept activations, rounding buffers included
 * @param hostBytes of this rank; as much is copied each way
 * @param computeSeconds of the step, without anything computed again
 * @param recomputeSeconds of what is computed again
 * @param stallSeconds in which the computation waits for copies
 * @param bound what keeps alpha from being larger
 * @param fits whether slab and host memory suffice
 */
public record ResidencyPlan(
    FormCounts counts,
    List<LayerForm> perLayer,
    long slabBytes,
    long hostBytes,
    double computeSeconds,
    double recomputeSeconds,
    double stallSeconds,
    Bound bound,
    boolean fits) {

  /** How many of the program's best choices are played in time. */
  private static final int PLAYED = 16;

  public ResidencyPlan {
    perLayer = List.copyOf(perLayer);
  }

  /** The predicted step. */
  public double stepSeconds() {
    return computeSeconds + recomputeSeconds + stallSeconds;
  }

  /** The fraction of the tokens whose others are swapped, in each swapped layer. */
  public double alpha() {
    return counts.alpha();
  }

  /**
   * The fastest plan that fits: of the program's best choices and the paper's the one that is
   * fastest when it is played layer by layer.
   *
   * @throws ResidencyException if nothing fits, with what would
   * @throws IllegalArgumentException if sizes add up to more than 2^62 bytes
   */
  public static ResidencyPlan best(LayerCosts costs, Budgets budgets) {
    ResidencyModel model = new ResidencyModel(costs, budgets);
    List<FormCounts> choices = ResidencyEnumeration.best(model, PLAYED);
    ResidencyPlan best = of(model, choices.getFirst());
    for (FormCounts counts : choices.subList(1, choices.size())) {
      // What is computed again counts in full, whatever the order.
      if (model.computeSeconds() + model.recomputeSeconds(counts) < best.stepSeconds()) {
        best = faster(best, of(model, counts));
      }
    }
    Optional<ResidencyPlan> paper = ofPaper(costs, budgets).filter(ResidencyPlan::fits);
    return paper.isPresent() ? faster(best, paper.get()) : best;
  }

  /**
   * The paper's: the last two layers stay, the others are swapped with the largest alpha whose
   * copies hide and fit host and buffers. It may not fit.
   *
   * @return empty if no copies are possible
   */
  public static Optional<ResidencyPlan> ofPaper(LayerCosts costs, Budgets budgets) {
    if (budgets.offloadBytesPerSecond() == 0) {
      return Optional.empty();
    }
    SwapFraction fraction =
        SwapFraction.ofPaper(
            costs.profile(),
            budgets.layers(),
            budgets.offloadBytesPerSecond(),
            HostMemory.ofRank(budgets.hostBytes()));
    int inBuffers = budgets.slots().contents() == Contents.WHOLE_LAYER ? 0 : RoundingSlots.COUNT;
    int resident = Math.min(inBuffers, budgets.layers());
    ResidencyModel model = new ResidencyModel(costs, budgets);
    FormCounts counts = new FormCounts(resident, 0, budgets.layers() - resident, 0, 0, 0);
    double alpha = Math.min(fraction.alpha(), Math.max(0, model.largestAlpha(counts)));
    return Optional.of(of(model, counts.withAlpha(alpha)));
  }

  /**
   * What given counts and alpha come to, in their best order, whether they fit or not.
   *
   * @throws IllegalArgumentException if the counts are not of all layers, or sizes add up to more
   *     than 2^62 bytes
   */
  public static ResidencyPlan of(LayerCosts costs, Budgets budgets, FormCounts counts) {
    if (counts.layers() != budgets.layers()) {
      throw new IllegalArgumentException(
          "forms are given for %d layers of %d".formatted(counts.layers(), budgets.layers()));
    }
    return of(new ResidencyModel(costs, budgets), counts);
  }

  private static ResidencyPlan of(ResidencyModel model, FormCounts counts) {
    LayerOrder.Timed order = LayerOrder.fastest(model, counts);
    double compute = model.computeSeconds();
    double recompute = model.recomputeSeconds(counts);
    return new ResidencyPlan(
        counts,
        order.forms(),
        model.slabBytes(counts),
        model.copiedBytes(counts),
        compute,
        recompute,
        stallSeconds(order.seconds(), compute + recompute),
        bound(model, counts),
        model.fits(counts));
  }

  private static double stallSeconds(double stepSeconds, double unhinderedSeconds) {
    double stall = stepSeconds - unhinderedSeconds;
    return stall > 1e-12 * unhinderedSeconds ? stall : 0;
  }

  private static Bound bound(ResidencyModel model, FormCounts counts) {
    if (counts.swapped() == 0 || counts.alpha() == 1) {
      return Bound.NONE;
    }
    if (counts.alpha() < model.largestAlpha(counts) * (1 - 1e-9)) {
      return Bound.BANDWIDTH;
    }
    return model.slabLimitsAlpha(counts) ? Bound.SLAB : Bound.HOST_MEMORY;
  }

  private static ResidencyPlan faster(ResidencyPlan a, ResidencyPlan b) {
    return b.stepSeconds() < a.stepSeconds() * (1 - 1e-12) ? b : a;
  }
}
