package org.memo.benchmark.planner;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.memo.planner.allocation.AllocationPlanner;
import org.memo.planner.allocation.CapacityAnswer;
import org.memo.planner.allocation.Limits;
import org.memo.planner.allocation.LowerBound;
import org.memo.planner.allocation.Placement;
import org.memo.planner.allocation.Problem;
import org.memo.planner.io.AllocationCsv;

/**
 * Solves each of the files given and prints a line about it: how many buffers, the lower bound, the
 * peak, whether that is proved optimal, how long it took by the clock and by all cores together,
 * and which method found it. With a capacity above 0 the question is whether the buffers fit into
 * it. The first file is solved by a virtual machine that has just started.
 *
 * <pre>
 * SolveTable TIMEOUT_SECONDS THREADS CAPACITY_BYTES FILE...
 * </pre>
 */
public final class SolveTable {

  private static final String LINE = "%-24s %7s %20s %20s %8s %9s %9s  %s%n";
  private static final int FIXED_ARGUMENTS = 3;

  private SolveTable() {}

  private record Row(String peak, String optimal, String method) {}

  /** Exit code 2 where the arguments are wrong. */
  public static void main(String[] args) throws IOException {
    if (args.length <= FIXED_ARGUMENTS) {
      System.err.println("usage: SolveTable TIMEOUT_SECONDS THREADS CAPACITY_BYTES FILE...");
      System.exit(2);
    }
    Duration timeout = Duration.ofMillis(Math.round(Double.parseDouble(args[0]) * 1000));
    Limits limits = new Limits(timeout, Integer.parseInt(args[1]));
    long capacityBytes = Long.parseLong(args[2]);
    System.out.printf(
        LINE, "file", "buffers", "lower bound", "peak", "optimal", "seconds", "cpu s", "method");
    for (String file : List.of(args).subList(FIXED_ARGUMENTS, args.length)) {
      print(Path.of(file), capacityBytes, limits);
    }
  }

  private static void print(Path file, long capacityBytes, Limits limits) throws IOException {
    Problem problem = AllocationCsv.read(file, 1).problem();
    long cpuBefore = cpuNanos();
    long before = System.nanoTime();
    Row row = solve(problem, capacityBytes, limits);
    double seconds = (System.nanoTime() - before) / 1e9;
    double cpuSeconds = (cpuNanos() - cpuBefore) / 1e9;
    System.out.printf(
        LINE,
        file.getFileName(),
        problem.size(),
        LowerBound.of(problem),
        row.peak,
        row.optimal,
        String.format(Locale.ROOT, "%.3f", seconds),
        String.format(Locale.ROOT, "%.3f", cpuSeconds),
        row.method);
  }

  private static Row solve(Problem problem, long capacityBytes, Limits limits) {
    if (capacityBytes == 0) {
      Placement placement = AllocationPlanner.minimise(problem, limits);
      String peak = String.valueOf(placement.solution().peakBytes());
      return new Row(peak, placement.optimal() ? "yes" : "unknown", placement.method());
    }
    return switch (AllocationPlanner.fit(problem, capacityBytes, limits)) {
      case CapacityAnswer.Placed placed ->
          new Row(String.valueOf(placed.solution().peakBytes()), "-", "fits");
      case CapacityAnswer.Infeasible infeasible -> new Row("-", "-", infeasible.why());
      case CapacityAnswer.Unknown() -> new Row("-", "-", "not known");
    };
  }

  private static long cpuNanos() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime()
        : 0;
  }
}
