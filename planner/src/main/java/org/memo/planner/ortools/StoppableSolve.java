package org.memo.planner.ortools;

import com.google.ortools.sat.CpModel;
import com.google.ortools.sat.CpSolver;
import com.google.ortools.sat.CpSolverStatus;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.memo.planner.allocation.search.Deadline;

/**
 * Runs CP-SAT until it has finished or a deadline has passed, be it by time or cancelled. CP-SAT's
 * own time limit is not used: it stops early, by as much as its longest step so far.
 */
final class StoppableSolve {

  private static final long WATCH_MILLIS = 5;

  private StoppableSolve() {}

  /**
   * A solver without linear relaxation, probing and symmetry detection, which cost more than they
   * save where all constraints are no-overlaps.
   */
  static CpSolver newSolver(int threads) {
    CpSolver solver = new CpSolver();
    solver
        .getParameters()
        .setNumWorkers(threads)
        .setLinearizationLevel(0)
        .setCpModelProbingLevel(0)
        .setSymmetryLevel(0);
    return solver;
  }

  /** The solver's own verdict. */
  static CpSolverStatus run(CpSolver solver, CpModel model, Deadline deadline) {
    CountDownLatch finished = new CountDownLatch(1);
    Thread.ofPlatform()
        .daemon()
        .name("stops CP-SAT")
        .start(() -> stopWhenExpired(solver, deadline, finished));
    try {
      return solver.solve(model);
    } finally {
      finished.countDown();
    }
  }

  /** Stops again and again: a stop before the native search has begun is lost. */
  private static void stopWhenExpired(CpSolver solver, Deadline deadline, CountDownLatch finished) {
    try {
      while (!finished.await(WATCH_MILLIS, TimeUnit.MILLISECONDS)) {
        if (deadline.expired()) {
          solver.stopSearch();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
