package org.memo.planner.allocation;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.memo.planner.allocation.search.CapacitySearch;
import org.memo.planner.allocation.search.Deadline;
import org.memo.planner.allocation.search.Descent;
import org.memo.planner.allocation.search.LatticeSearch;
import org.memo.planner.allocation.search.Outcome;
import org.memo.planner.allocation.search.Race;
import org.memo.planner.ortools.BufferOrder;
import org.memo.planner.ortools.CliqueMinimiser;
import org.memo.planner.ortools.CliqueModel;
import org.memo.planner.ortools.OrToolsNatives;

/**
 * One kind of search alone, after quick heuristics, so that kinds can be compared and checked
 * against each other; {@link AllocationPlanner} has them work together.
 */
public enum RacedSearch {
  /** Lattice searches with a seed for each thread. */
  LATTICE {
    @Override
    List<List<CapacitySearch>> lanes(int threads) {
      return IntStream.range(0, threads)
          .mapToObj(seed -> List.<CapacitySearch>of(new LatticeSearch(seed)))
          .toList();
    }

    @Override
    Placement improve(Problem problem, Placement start, Limits limits, Deadline deadline) {
      if (!LatticeSearch.isSmallEnough(problem)) {
        return start;
      }
      int threads = Math.min(limits.threads(), LatticeSearch.mostAtOnce(problem));
      Race race = new Race(lanes(threads), FIRST_TURN);
      Descent descent =
          new Descent(problem, start.solution(), start.method(), race, limits.timeout());
      while (descent.best().peakBytes() > descent.provedBytes() && !deadline.expired()) {
        descent.step(descent.provedBytes(), deadline);
      }
      return placement(descent.best(), descent.provedBytes(), descent.method());
    }
  },

  /** CP-SAT: a model for each order at the lower bound, then the one that minimises. */
  CP_SAT {
    @Override
    List<List<CapacitySearch>> lanes(int threads) {
      BufferOrder[] orders = BufferOrder.values();
      int lanes = Math.min(threads, orders.length);
      return IntStream.range(0, lanes)
          .mapToObj(lane ->
              IntStream.iterate(lane, order -> order < orders.length, order -> order + lanes)
                  .<CapacitySearch>mapToObj(order -> new CliqueModel(orders[order]))
                  .toList())
          .toList();
    }

    @Override
    Placement improve(Problem problem, Placement start, Limits limits, Deadline deadline) {
      OrToolsNatives.load();
      Race race = new Race(lanes(limits.threads()), FIRST_TURN);
      Deadline half = deadline.within(limits.timeout().dividedBy(2));
      long boundBytes = start.lowerBoundBytes();
      Race.Finish finish = race.run(problem, boundBytes, half);
      if (finish.outcome() instanceof Outcome.Placed(Solution solution)) {
        return placement(solution, boundBytes, finish.winner());
      }
      long provedBytes = finish.outcome() instanceof Outcome.Refuted ? boundBytes + 1 : boundBytes;
      return new CliqueMinimiser(limits.threads())
          .minimise(problem, start.solution(), provedBytes, deadline)
          .orElse(placement(start.solution(), provedBytes, start.method()));
    }
  };

  private static final Duration FIRST_TURN = Duration.ofMillis(500);

  abstract List<List<CapacitySearch>> lanes(int threads);

  abstract Placement improve(Problem problem, Placement start, Limits limits, Deadline deadline);

  /**
   * As {@link AllocationPlanner#minimise}.
   *
   * @throws org.memo.planner.ortools.OrToolsUnavailableException if that is needed and missing
   */
  public Placement minimise(Problem problem, Limits limits) {
    Deadline deadline = Deadline.after(limits.timeout());
    Placement start = AllocationPlanner.minimise(problem, withoutSearch(limits));
    if (start.optimal()) {
      return start;
    }
    Placement placement = improve(problem, start, limits, deadline);
    Validator.requireValid(problem, placement.solution());
    return placement;
  }

  /**
   * As {@link AllocationPlanner#fit}.
   *
   * @throws org.memo.planner.ortools.OrToolsUnavailableException if that is needed and missing
   */
  public CapacityAnswer fit(Problem problem, long capacityBytes, Limits limits) {
    Deadline deadline = Deadline.after(limits.timeout());
    CapacityAnswer quick = AllocationPlanner.fit(problem, capacityBytes, withoutSearch(limits));
    if (!(quick instanceof CapacityAnswer.Unknown)) {
      return quick;
    }
    if (this == CP_SAT) {
      OrToolsNatives.load();
    }
    Race race = new Race(lanes(limits.threads()), FIRST_TURN);
    return switch (race.run(problem, capacityBytes, deadline).outcome()) {
      case Outcome.Placed(Solution solution) -> {
        Validator.requireValid(problem, solution);
        yield new CapacityAnswer.Placed(solution);
      }
      case Outcome.Refuted() ->
          new CapacityAnswer.Infeasible(
              "a complete search has shown that they cannot be placed in %d bytes"
                  .formatted(capacityBytes));
      case Outcome.GaveUp() -> quick;
    };
  }

  private static Limits withoutSearch(Limits limits) {
    return new Limits(Duration.ZERO, limits.threads());
  }

  private static Placement placement(Solution solution, long provedBytes, String method) {
    boolean optimal = solution.peakBytes() == provedBytes;
    return new Placement(solution, provedBytes, optimal, method);
  }
}
