package org.memo.cli;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.memo.planner.allocation.AllocationPlanner;
import org.memo.planner.allocation.CapacityAnswer;
import org.memo.planner.allocation.Limits;
import org.memo.planner.allocation.LowerBound;
import org.memo.planner.allocation.Placement;
import org.memo.planner.allocation.PortfolioSolver;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.RacedSearch;
import org.memo.planner.allocation.Solution;
import org.memo.planner.allocation.Validator;
import org.memo.planner.ortools.BigMSolver;

/** Who solves a storage allocation problem: {@code --solver}. */
enum AllocationMethod {
  /** Whatever is best: heuristics, then all complete searches at once. */
  AUTO {
    @Override
    Placement minimise(Problem problem, Limits limits) {
      return AllocationPlanner.minimise(problem, limits);
    }

    @Override
    CapacityAnswer fit(Problem problem, long capacityBytes, Limits limits) {
      return AllocationPlanner.fit(problem, capacityBytes, limits);
    }
  },

  /** The heuristics alone. */
  GREEDY {
    /** Above this the patient ones take longer than users are. */
    private static final int MOST_FOR_ALL_HEURISTICS = 10_000;

    @Override
    Placement minimise(Problem problem, Limits limits) {
      if (problem.size() > MOST_FOR_ALL_HEURISTICS) {
        return AllocationPlanner.minimise(problem, new Limits(Duration.ZERO, limits.threads()));
      }
      Solution solution = PortfolioSolver.standard().solve(problem);
      Validator.requireValid(problem, solution);
      long lowerBoundBytes = LowerBound.of(problem);
      boolean optimal = solution.peakBytes() == lowerBoundBytes;
      return new Placement(solution, lowerBoundBytes, optimal, key());
    }
  },

  /** Lattice searches alone. */
  RACE {
    @Override
    Placement minimise(Problem problem, Limits limits) {
      return RacedSearch.LATTICE.minimise(problem, limits);
    }

    @Override
    CapacityAnswer fit(Problem problem, long capacityBytes, Limits limits) {
      return RacedSearch.LATTICE.fit(problem, capacityBytes, limits);
    }
  },

  /** CP-SAT alone. */
  CPSAT {
    @Override
    Placement minimise(Problem problem, Limits limits) {
      return RacedSearch.CP_SAT.minimise(problem, limits);
    }

    @Override
    CapacityAnswer fit(Problem problem, long capacityBytes, Limits limits) {
      return RacedSearch.CP_SAT.fit(problem, capacityBytes, limits);
    }
  },

  /** The mixed integer program of the MEMO paper, from a greedy start. */
  MIP {
    @Override
    Placement minimise(Problem problem, Limits limits) {
      return new BigMSolver(limits.timeout()).minimise(problem);
    }
  };

  abstract Placement minimise(Problem problem, Limits limits);

  /** Whether the buffers fit, as far as a method that only minimises can say. */
  CapacityAnswer fit(Problem problem, long capacityBytes, Limits limits) {
    Placement placement = minimise(problem, limits);
    if (placement.solution().peakBytes() <= capacityBytes) {
      return new CapacityAnswer.Placed(placement.solution());
    }
    return placement.lowerBoundBytes() > capacityBytes
        ? new CapacityAnswer.Infeasible(
            "no placement has a peak below %d bytes".formatted(placement.lowerBoundBytes()))
        : new CapacityAnswer.Unknown();
  }

  /** What users call it. */
  String key() {
    return CliNames.of(this);
  }

  static Optional<AllocationMethod> of(String key) {
    return Arrays.stream(values()).filter(method -> method.key().equals(key)).findFirst();
  }

  /** What users may call a method, for messages. */
  static String validKeys() {
    return Arrays.stream(values()).map(AllocationMethod::key).collect(Collectors.joining(", "));
  }
}
