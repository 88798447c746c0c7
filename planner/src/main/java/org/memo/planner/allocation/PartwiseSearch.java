package org.memo.planner.allocation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.memo.planner.allocation.TimeComponents.Component;
import org.memo.planner.allocation.search.CapacitySearch;
import org.memo.planner.allocation.search.Deadline;
import org.memo.planner.allocation.search.Descent;
import org.memo.planner.allocation.search.LatticeSearch;
import org.memo.planner.allocation.search.Outcome;
import org.memo.planner.allocation.search.Race;
import org.memo.planner.ortools.BufferOrder;
import org.memo.planner.ortools.CliqueModel;

/**
 * Improves a solution part by part, where parts share no moment: always the part with the highest
 * peak, as that is the peak of the whole.
 */
final class PartwiseSearch {

  /**
   * Before this, a lane that also has CP-SAT gives its time to the search that needs no natives.
   */
  private static final Duration FIRST_TURN = Duration.ofMillis(1500);

  private static final int THREADS_PER_MIXED_LANE = 4;

  /** Above this, models are too large or take seconds to build, which nothing can stop. */
  private static final int MOST_BUFFERS_OF_CP_SAT = 3_000;

  private final Problem problem;
  private final Solution first;
  private final Limits limits;
  private final Deadline deadline;

  PartwiseSearch(Problem problem, Solution first, Limits limits, Deadline deadline) {
    this.problem = problem;
    this.first = first;
    this.limits = limits;
    this.deadline = deadline;
  }

  private Race race(Problem part) {
    int threads = Math.min(limits.threads(), LatticeSearch.mostAtOnce(part));
    return new Race(lanes(threads, part.size() <= MOST_BUFFERS_OF_CP_SAT), FIRST_TURN);
  }

  /**
   * Most lanes are the lattice search's, with a seed each; CP-SAT is a companion that learns from
   * conflicts and so refutes better.
   */
  private static List<List<CapacitySearch>> lanes(int threads, boolean isForCpSat) {
    int mixedLanes = isForCpSat ? Math.ceilDiv(threads, THREADS_PER_MIXED_LANE) : 0;
    List<List<CapacitySearch>> lanes = new ArrayList<>();
    for (int lane = 0; lane < threads; lane++) {
      List<CapacitySearch> searches = new ArrayList<>();
      searches.add(new LatticeSearch(lane));
      if (lane >= threads - mixedLanes) {
        for (BufferOrder order : BufferOrder.values()) {
          searches.add(new CliqueModel(order));
        }
      }
      lanes.add(searches);
    }
    return lanes;
  }

  Placement minimise() {
    long provedBytes = LowerBound.of(problem);
    Long[] offsets = first.offsetsBytes().toArray(Long[]::new);
    List<Part> parts = partsAbove(provedBytes);
    while (!deadline.expired()) {
      Part highest = highest(parts);
      if (highest.descent.best().peakBytes() <= provedBytes || highest.descent.isStuck()) {
        break;
      }
      highest.descent.step(provedBytes, deadline);
      provedBytes = Math.max(provedBytes, highest.descent.provedBytes());
    }
    for (Part part : parts) {
      put(offsets, part.component, part.descent.best());
    }
    Solution solution = Solution.of(problem, Arrays.asList(offsets));
    boolean optimal = solution.peakBytes() == provedBytes;
    return new Placement(solution, provedBytes, optimal, highest(parts).descent.method());
  }

  CapacityAnswer fit(long capacityBytes) {
    Long[] offsets = first.offsetsBytes().toArray(Long[]::new);
    List<Part> open = partsAbove(capacityBytes);
    Duration turn = FIRST_TURN;
    while (!open.isEmpty() && !deadline.expired()) {
      Part part = open.removeFirst();
      Deadline end = open.isEmpty() ? deadline : deadline.within(turn);
      Problem partProblem = part.component.problem();
      Outcome outcome = race(partProblem).run(partProblem, capacityBytes, end).outcome();
      switch (outcome) {
        case Outcome.Placed(Solution solution) -> put(offsets, part.component, solution);
        case Outcome.Refuted() -> {
          return new CapacityAnswer.Infeasible(
              "a complete search has shown that the buffers cannot be placed in %d bytes"
                  .formatted(capacityBytes));
        }
        case Outcome.GaveUp() -> {
          open.addLast(part);
          if (!end.expired()) {
            return new CapacityAnswer.Unknown(); // too large for all searches
          }
          turn = turn.multipliedBy(2);
        }
      }
    }
    return open.isEmpty()
        ? new CapacityAnswer.Placed(Solution.of(problem, Arrays.asList(offsets)))
        : new CapacityAnswer.Unknown();
  }

  private record Part(Component component, Descent descent) {}

  private List<Part> partsAbove(long peakBytes) {
    List<Part> parts = new ArrayList<>();
    for (Component component : TimeComponents.of(problem)) {
      Solution start = component.partOf(first);
      if (start.peakBytes() > peakBytes) {
        Problem part = component.problem();
        Descent descent = new Descent(part, start, "heuristics", race(part), limits.timeout());
        parts.add(new Part(component, descent));
      }
    }
    return parts;
  }

  private static Part highest(List<Part> parts) {
    return parts.stream()
        .max(Comparator.comparingLong(part -> part.descent.best().peakBytes()))
        .orElseThrow();
  }

  private static void put(Long[] offsets, Component component, Solution solution) {
    for (int k = 0; k < component.buffers().size(); k++) {
      offsets[component.buffers().get(k)] = solution.offsetsBytes().get(k);
    }
  }
}
