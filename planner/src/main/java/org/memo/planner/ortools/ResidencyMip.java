package org.memo.planner.ortools;

import com.google.ortools.linearsolver.MPConstraint;
import com.google.ortools.linearsolver.MPSolver;
import com.google.ortools.linearsolver.MPSolverParameters;
import com.google.ortools.linearsolver.MPVariable;
import java.util.Optional;
import org.memo.planner.swap.Budgets;
import org.memo.planner.swap.FormCounts;
import org.memo.planner.swap.LayerCosts;
import org.memo.planner.swap.LayerForm;
import org.memo.planner.swap.ResidencyEnumeration;
import org.memo.planner.swap.ResidencyModel;
import org.memo.planner.swap.ResidencySolver;
import org.memo.planner.swap.RoundingSlots;
import org.memo.planner.swap.RoundingSlots.Contents;

/**
 * Solves the program of {@link ResidencyModel} as mixed integer programs on OR-Tools' SCIP. Its
 * only product of variables is n_s alpha, so there is one program for each n_s, with the other
 * counts as integers, alpha and both stalls as reals, and a binary for each kind of memory that is
 * needed if any layer has a form. It is there to check {@link ResidencyEnumeration}, which is
 * faster.
 */
public final class ResidencyMip implements ResidencySolver {

  /**
   * @throws OrToolsUnavailableException if there are no natives for this machine
   */
  @Override
  public FormCounts solve(LayerCosts costs, Budgets budgets) {
    OrToolsNatives.load();
    ResidencyModel model = new ResidencyModel(costs, budgets);
    Optional<Answer> best = Optional.empty();
    for (int swapped = 0; swapped <= budgets.layers(); swapped++) {
      Optional<Answer> answer = new Program(model, costs, budgets, swapped).solve();
      if (best.isEmpty() || answer.isPresent() && answer.get().seconds < best.get().seconds) {
        best = answer;
      }
    }
    // What is missing does not depend on the solver; the other one says it.
    return best.map(Answer::counts)
        .orElseGet(() -> new ResidencyEnumeration().solve(costs, budgets));
  }

  private record Answer(FormCounts counts, double seconds) {}

  private static final class Program {
    private static final double INFINITY = MPSolver.infinity();

    private final ResidencyModel model;
    private final LayerCosts costs;
    private final Budgets budgets;
    private final int swapped;
    private final double byteUnit;
    private final MPSolver solver;
    private final MPVariable resident;
    private final MPVariable checkpointed;
    private final MPVariable recomputed;
    private final MPVariable fromHost;
    private final MPVariable movedInputs;
    private final MPVariable alpha;
    private final MPVariable recomputeSeconds;
    private final MPVariable stallOut;
    private final MPVariable stallIn;

    Program(ResidencyModel model, LayerCosts costs, Budgets budgets, int swapped) {
      this.model = model;
      this.costs = costs;
      this.budgets = budgets;
      this.swapped = swapped;
      // SCIP's tolerance is 1e-6: in a layer's bytes all quantities are of moderate size.
      byteUnit = Math.max(1, costs.skeletalBytes());
      solver = MPSolver.createSolver("SCIP");
      int others = budgets.layers() - swapped;
      resident = solver.makeIntVar(0, others, "resident");
      checkpointed = solver.makeIntVar(0, others, "checkpointed");
      recomputed = solver.makeIntVar(0, others, "recomputed");
      fromHost = solver.makeIntVar(0, others, "recomputed from host");
      movedInputs = solver.makeNumVar(0, INFINITY, "inputs copied");
      alpha = solver.makeNumVar(0, largestAlpha(), "alpha");
      recomputeSeconds = solver.makeNumVar(0, INFINITY, "recompute seconds");
      stallOut = solver.makeNumVar(0, INFINITY, "offload stall");
      stallIn = solver.makeNumVar(0, INFINITY, "prefetch stall");
    }

    Optional<Answer> solve() {
      try {
        countAll();
        limitSlab();
        limitHost();
        recompute();
        stall(stallOut, budgets.offloadBytesPerSecond(), costs.forwardSeconds(), 0, 1);
        stall(stallIn, budgets.prefetchBytesPerSecond(), costs.backwardSeconds(), 1, 2);
        for (MPVariable seconds : new MPVariable[] {recomputeSeconds, stallOut, stallIn}) {
          solver.objective().setCoefficient(seconds, 1);
        }
        solver.objective().setMinimization();
        MPSolverParameters parameters = new MPSolverParameters();
        parameters.setDoubleParam(MPSolverParameters.DoubleParam.RELATIVE_MIP_GAP, 0);
        return solver.solve(parameters) == MPSolver.ResultStatus.OPTIMAL
            ? Optional.of(read())
            : Optional.empty();
      } finally {
        solver.delete();
      }
    }

    private Answer read() {
      FormCounts counts =
          new FormCounts(
              rounded(resident),
              rounded(checkpointed),
              swapped,
              rounded(recomputed),
              rounded(fromHost),
              0);
      double largest = Math.max(0, model.largestAlpha(counts));
      return new Answer(
          counts.withAlpha(Math.clamp(alpha.solutionValue(), 0, largest)),
          solver.objective().value());
    }

    private static int rounded(MPVariable count) {
      return Math.toIntExact(Math.round(count.solutionValue()));
    }

    private void countAll() {
      int others = budgets.layers() - swapped;
      MPConstraint all = solver.makeConstraint(others, others);
      for (MPVariable count : new MPVariable[] {resident, checkpointed, recomputed, fromHost}) {
        all.setCoefficient(count, 1);
      }
      // i >= n_s + n_h - 2
      MPConstraint moved = solver.makeConstraint(swapped - RoundingSlots.COUNT, INFINITY);
      moved.setCoefficient(movedInputs, 1);
      moved.setCoefficient(fromHost, -1);
    }

    private void limitSlab() {
      RoundingSlots slots = budgets.slots();
      long room = budgets.slabBytes() - (swapped > 0 ? slots.swapBytes() : 0);
      MPConstraint slab = solver.makeConstraint(-INFINITY, room / byteUnit);
      bytes(slab, resident, LayerForm.RESIDENT.slabBytes(costs));
      bytes(slab, checkpointed, LayerForm.CHECKPOINTED.slabBytes(costs));
      bytes(slab, recomputed, LayerForm.RECOMPUTED.slabBytes(costs));
      if (swapped > 0) {
        growWithAlpha(slab);
      } else {
        bytes(slab, ifAny(fromHost), slots.inputBytes());
      }
      bytes(slab, ifAny(checkpointed, recomputed, fromHost), slots.othersBytes());
      bytes(slab, ifAny(recomputed, fromHost), slots.attentionBytes());
    }

    private double largestAlpha() {
      return swapped == 0 || budgets.slots().contents() == Contents.NO_OTHERS ? 0 : 1;
    }

    private void growWithAlpha(MPConstraint slab) {
      int steps = budgets.slots().alphaSteps();
      if (steps == 0) {
        bytes(slab, alpha, budgets.slots().swapBytesPerAlpha());
        return;
      }
      MPVariable whole = solver.makeIntVar(0, steps, "steps");
      bytes(slab, whole, budgets.slots().stepBytes());
      MPConstraint enough = solver.makeConstraint(0, INFINITY);
      enough.setCoefficient(whole, 1);
      enough.setCoefficient(alpha, -steps);
    }

    private void bytes(MPConstraint constraint, MPVariable variable, double bytes) {
      constraint.setCoefficient(variable, bytes / byteUnit);
    }

    /** A binary that is 1 if any of the counts is above 0. */
    private MPVariable ifAny(MPVariable... counts) {
      MPVariable any = solver.makeBoolVar("");
      MPConstraint implied = solver.makeConstraint(-INFINITY, 0);
      for (MPVariable count : counts) {
        implied.setCoefficient(count, 1);
      }
      implied.setCoefficient(any, -budgets.layers());
      return any;
    }

    private long movedContents() {
      return Math.max(0, swapped - RoundingSlots.COUNT);
    }

    private double fixedBytes() {
      return movedContents() * (double) costs.attentionBytes();
    }

    /** Adds all bytes copied but the fixed ones, as a multiple. */
    private void copied(MPConstraint constraint, double scale) {
      long copying = budgets.slots().contents() == Contents.TILES ? swapped : movedContents();
      constraint.setCoefficient(movedInputs, scale * costs.inputBytes());
      constraint.setCoefficient(alpha, scale * copying * costs.othersBytes());
    }

    private void limitHost() {
      double room = (budgets.hostBytes() - fixedBytes()) / byteUnit;
      copied(solver.makeConstraint(-INFINITY, room), 1 / byteUnit);
    }

    /** R = n_c r + (n_x + n_h) (r + a) + (1 - alpha) q r. */
    private void recompute() {
      double others = costs.othersRecomputeSeconds();
      double both = others + costs.attentionRecomputeSeconds();
      long partly = budgets.slots().contents() == Contents.WHOLE_LAYER ? movedContents() : swapped;
      MPConstraint sum = solver.makeConstraint(partly * others, partly * others);
      sum.setCoefficient(recomputeSeconds, 1);
      sum.setCoefficient(checkpointed, -others);
      sum.setCoefficient(recomputed, -both);
      sum.setCoefficient(fromHost, -both);
      sum.setCoefficient(alpha, partly * others);
    }

    private void stall(
        MPVariable stall,
        double bytesPerSecond,
        double layerSeconds,
        int recomputationHides,
        int tokenWisePasses) {
      if (bytesPerSecond == 0) {
        copied(solver.makeConstraint(-INFINITY, -fixedBytes() / byteUnit), 1 / byteUnit);
        return;
      }
      double hiding = Math.max(0, budgets.layers() - RoundingSlots.COUNT) * layerSeconds;
      MPConstraint all = solver.makeConstraint(fixedBytes() / bytesPerSecond - hiding, INFINITY);
      all.setCoefficient(stall, 1);
      copied(all, -1 / bytesPerSecond);
      all.setCoefficient(recomputeSeconds, recomputationHides);
      if (budgets.slots().contents() == Contents.TILES) {
        double beside = swapped * tokenWisePasses * costs.othersRecomputeSeconds();
        double attentions = tokenWisePasses == 1 ? fixedBytes() / bytesPerSecond : 0;
        MPConstraint tiles = solver.makeConstraint(attentions - beside, INFINITY);
        tiles.setCoefficient(stall, 1);
        tiles.setCoefficient(alpha, -swapped * costs.othersBytes() / bytesPerSecond);
      }
    }
  }
}
