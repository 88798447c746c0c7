package org.memo.planner.swap;

import java.util.ArrayList;
import java.util.List;

/**
 * Solves the program of {@link ResidencyModel} exactly, without a library. As layers are alike,
 * only counts are to be chosen: the layers that copy are enumerated (swapped, recomputed from the
 * host), and of those that stay the recomputed ones; of the rest as many as have room are resident.
 * One resident layer fewer can only pay where buffers grow with alpha; if they grow steadily the
 * optimum over alpha is convex in that number, so that the first that does not pay is the last one
 * tried. Alpha has a closed form, as the step's seconds are convex and piecewise linear in it.
 *
 * <p>That makes at most L^3 / 6 combinations, of which a lower bound (what is surely computed
 * again) skips nearly all: under 10 ms for 96 layers. {@link org.memo.planner.ortools.ResidencyMip}
 * finds the same answer a hundred times slower and needs a native library, so that this is the
 * default and that its check.
 */
public final class ResidencyEnumeration implements ResidencySolver {

  @Override
  public FormCounts solve(LayerCosts costs, Budgets budgets) {
    return new Search(new ResidencyModel(costs, budgets), 1).run().getFirst();
  }

  /** The best few choices, the best first. */
  static List<FormCounts> best(ResidencyModel model, int atMost) {
    return new Search(model, atMost).run();
  }

  private record Choice(FormCounts counts, double seconds, long copiedBytes) {
    boolean isBetterThan(Choice other) {
      double tolerance = 1e-12 * other.seconds;
      return seconds < other.seconds - tolerance
          || seconds < other.seconds + tolerance && copiedBytes < other.copiedBytes;
    }
  }

  private static final class Search {
    private final ResidencyModel model;
    private final LayerCosts costs;
    private final Budgets budgets;
    private final AlphaChoice alphas;
    private final int atMost;
    private final List<Choice> best = new ArrayList<>();

    Search(ResidencyModel model, int atMost) {
      this.model = model;
      this.costs = model.costs();
      this.budgets = model.budgets();
      this.alphas = new AlphaChoice(model);
      this.atMost = atMost;
    }

    List<FormCounts> run() {
      for (int swapped = 0; swapped <= budgets.layers(); swapped++) {
        for (int fromHost = 0; fromHost <= budgets.layers() - swapped; fromHost++) {
          if (model.fixedCopiedBytes(swapped, fromHost) > budgets.hostBytes()
              || isHopeless(fromHost, fromHost)) {
            break;
          }
          chooseStaying(swapped, fromHost);
        }
      }
      if (best.isEmpty()) {
        throw new SmallestBudgets(model).exception();
      }
      return best.stream().map(Choice::counts).toList();
    }

    private void chooseStaying(int swapped, int fromHost) {
      int staying = budgets.layers() - swapped - fromHost;
      offer(new FormCounts(staying, 0, swapped, 0, fromHost, 0));
      for (int recomputed = 0; recomputed <= staying; recomputed++) {
        if (isHopeless(recomputed + fromHost, recomputed + fromHost)) {
          return;
        }
        chooseResident(swapped, fromHost, recomputed, staying - recomputed);
      }
    }

    private void chooseResident(int swapped, int fromHost, int recomputed, int others) {
      long room =
          budgets.slabBytes()
              - model.slabBytes(new FormCounts(0, others, swapped, recomputed, fromHost, 0));
      if (room < 0) {
        return;
      }
      long roomy = costs.othersBytes() == 0 ? others : room / costs.othersBytes();
      double previous = Double.POSITIVE_INFINITY;
      for (int resident = (int) Math.min(others, roomy); resident >= 0; resident--) {
        int checkpointed = others - resident;
        if (isHopeless(checkpointed + recomputed + fromHost, recomputed + fromHost)) {
          return;
        }
        double seconds =
            offer(new FormCounts(resident, checkpointed, swapped, recomputed, fromHost, 0));
        if (seconds >= previous && budgets.slots().alphaSteps() == 0) {
          return;
        }
        previous = seconds;
      }
    }

    /** True if computing so many layers' others and attentions again is too slow by itself. */
    private boolean isHopeless(int othersAgain, int attentionsAgain) {
      double least =
          model.computeSeconds()
              + othersAgain * costs.othersRecomputeSeconds()
              + attentionsAgain * costs.attentionRecomputeSeconds();
      return best.size() == atMost && least > best.getLast().seconds * (1 + 1e-12);
    }

    /** Takes the counts with their best alpha into account; returns the step's seconds. */
    private double offer(FormCounts counts) {
      if (!model.fits(counts)) {
        return Double.POSITIVE_INFINITY;
      }
      FormCounts chosen = alphas.best(counts);
      double seconds = model.stepSeconds(chosen);
      if (seconds < Double.POSITIVE_INFINITY) {
        insert(new Choice(chosen, seconds, model.copiedBytes(chosen)));
      }
      return seconds;
    }

    private void insert(Choice choice) {
      int place = best.size();
      while (place > 0 && choice.isBetterThan(best.get(place - 1))) {
        place--;
      }
      boolean known = best.stream().anyMatch(other -> other.counts.equals(choice.counts));
      if (place < atMost && !known) {
        best.add(place, choice);
        if (best.size() > atMost) {
          best.removeLast();
        }
      }
    }
  }
}
