package org.memo.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.memo.DoesNotFitException;
import org.memo.UserInputException;
import org.memo.planner.allocation.CapacityAnswer;
import org.memo.planner.allocation.Limits;
import org.memo.planner.allocation.LowerBound;
import org.memo.planner.allocation.Placement;
import org.memo.planner.allocation.Solution;
import org.memo.planner.io.AllocationCsv;
import org.memo.train.DurationText;
import org.memo.train.Sizes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code memo solve}: a storage allocation problem from a file, answered with an offset per row.
 */
@Command(
    name = "solve",
    sortOptions = false,
    description = "Places buffers, given by lifespan and size, so that the highest byte is low.",
    footer = {
      "",
      "PROBLEM.csv names the columns id, lower, upper and size in any order; each row is a buffer,"
          + " alive from lower to before upper. The answer is the same rows and a column offset."
          + " Other columns are kept; offsets that stood there are replaced, not obeyed.",
      "",
      "The last line is peak=N lower_bound=N optimal=true|false seconds=X: bytes, and the wall time"
          + " without reading and writing. No placement has a peak below the lower bound.",
      "",
      "With --capacity the buffers need only fit, and the exit code says whether they do: 0 yes,"
          + " here is how; 3 no, and that is proved; 5 not known when the time was up. Then the"
          + " last line says optimal=unknown and no placement is written; the code is not 0, so"
          + " that no script takes it for a placement."
    })
final class SolveCommand implements Callable<Integer> {
  private static final int MAX_THREADS = 1024;
  private static final Duration TIME_TO_ANSWER_ONE = Duration.ofNanos(12_000);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  @SuppressWarnings("UnusedVariable") // picocli reads it
  private boolean helpRequested;

  @Parameters(paramLabel = "PROBLEM.csv", description = "The problem, in the format of minimalloc.")
  private Path problemFile = Path.of("");

  @Option(
      names = {"-o", "--output"},
      paramLabel = "SOLUTION.csv",
      description =
          "Where the answer is written, whole or not at all. Default: to the output, before the"
              + " last line.")
  private @Nullable Path output;

  @Option(
      names = "--capacity",
      paramLabel = "BYTES",
      description = "Ask only whether the buffers fit into so many bytes, such as 1048576 or 1MiB.")
  private @Nullable String capacity;

  @Option(
      names = "--alignment",
      paramLabel = "BYTES",
      description = "Every offset is a multiple of this. Default: 1.")
  private String alignment = "1";

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "Answer with the best found within " + DurationText.VALID + ". Default: 60s.")
  private String timeout = "60s";

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "How many searches run at once, 1 to 1024. Default: one a processor.")
  private int threads = Math.min(MAX_THREADS, Runtime.getRuntime().availableProcessors());

  @Option(
      names = "--solver",
      paramLabel = "NAME",
      description =
          "auto, all together; greedy, heuristics alone; race, lattice searches alone; cpsat,"
              + " OR-Tools' CP-SAT alone; mip, the MEMO paper's program on SCIP, for small"
              + " problems. Default: auto.")
  private String solver = "auto";

  @Override
  public Integer call() throws IOException {
    long begin = System.nanoTime();
    Duration timeLimit = timeLimit();
    AllocationMethod method = method();
    long alignmentBytes = bytes("--alignment", alignment, 1);
    long capacityBytes = capacity == null ? 0 : bytes("--capacity", capacity, 0);
    requireThreads();
    if (output != null) {
      OutputFiles.requireWritable("-o", output);
    }
    AllocationCsv csv = AllocationFiles.read(problemFile, alignmentBytes);
    Duration left = timeLimit.minusNanos(System.nanoTime() - begin);
    left = left.minus(timeToAnswer(timeLimit, csv.problem().size()));
    Limits limits = new Limits(left.isNegative() ? Duration.ZERO : left, threads);
    return capacity == null
        ? minimise(csv, method, limits)
        : fit(csv, method, capacityBytes, limits);
  }

  /** What is set aside for checking and writing the answer: it counts for a million rows. */
  private static Duration timeToAnswer(Duration timeLimit, int buffers) {
    Duration needed = TIME_TO_ANSWER_ONE.multipliedBy(buffers);
    Duration most = timeLimit.dividedBy(3);
    return needed.compareTo(most) < 0 ? needed : most;
  }

  private int minimise(AllocationCsv csv, AllocationMethod method, Limits limits)
      throws IOException {
    long begin = System.nanoTime();
    Placement placement = method.minimise(csv.problem(), limits);
    long elapsedNanos = System.nanoTime() - begin;
    answer(csv, placement.solution());
    long lowerBoundBytes = placement.lowerBoundBytes();
    String peak = String.valueOf(placement.solution().peakBytes());
    sayLast(peak, lowerBoundBytes, String.valueOf(placement.optimal()), elapsedNanos);
    return ExitCode.DONE;
  }

  private int fit(AllocationCsv csv, AllocationMethod method, long capacityBytes, Limits limits)
      throws IOException {
    long begin = System.nanoTime();
    CapacityAnswer fits = method.fit(csv.problem(), capacityBytes, limits);
    long elapsedNanos = System.nanoTime() - begin;
    long lowerBoundBytes = LowerBound.of(csv.problem());
    switch (fits) {
      case CapacityAnswer.Placed(Solution solution) -> {
        answer(csv, solution);
        boolean optimal = solution.peakBytes() == lowerBoundBytes;
        String peak = String.valueOf(solution.peakBytes());
        sayLast(peak, lowerBoundBytes, String.valueOf(optimal), elapsedNanos);
        return ExitCode.DONE;
      }
      case CapacityAnswer.Infeasible(String why) -> {
        sayLast("none", lowerBoundBytes, "false", elapsedNanos);
        long neededBytes = Math.max(lowerBoundBytes, capacityBytes + 1);
        throw new DoesNotFitException(
            "the buffers of %s do not fit into --capacity %d: %s; give --capacity %d or more"
                .formatted(problemFile, capacityBytes, why, neededBytes),
            neededBytes,
            capacityBytes);
      }
      case CapacityAnswer.Unknown() -> {
        sayLast("none", lowerBoundBytes, "unknown", elapsedNanos);
        PrintWriter err = spec.commandLine().getErr();
        err.println(
            ("memo: within --timeout %s the buffers of %s were neither placed in --capacity %d nor"
                    + " proved not to fit: give more time or capacity")
                .formatted(timeout, problemFile, capacityBytes));
        err.flush();
        return ExitCode.RUN_FAILED;
      }
    }
  }

  private void answer(AllocationCsv csv, Solution solution) throws IOException {
    if (output == null) {
      csv.writeWith(solution, spec.commandLine().getOut());
    } else {
      AllocationFiles.write(output, csv, solution);
    }
  }

  private void sayLast(String peak, long lowerBoundBytes, String optimal, long elapsedNanos) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        "peak=%s lower_bound=%d optimal=%s seconds=%s"
            .formatted(
                peak,
                lowerBoundBytes,
                optimal,
                String.format(Locale.ROOT, "%.3f", elapsedNanos / 1e9)));
    out.flush();
  }

  private Duration timeLimit() {
    return DurationText.parse(timeout)
        .orElseThrow(() -> UserInputException.ofOption("--timeout", timeout, DurationText.VALID));
  }

  private AllocationMethod method() {
    return AllocationMethod.of(solver)
        .orElseThrow(
            () -> UserInputException.ofOption("--solver", solver, AllocationMethod.validKeys()));
  }

  private void requireThreads() {
    if (threads < 1 || threads > MAX_THREADS) {
      throw new UserInputException("--threads is %d; valid is 1 to 1024".formatted(threads));
    }
  }

  private static long bytes(String option, String text, long smallest) {
    OptionalLong bytes = Sizes.parseBytes(text);
    if (bytes.isEmpty() || bytes.getAsLong() < smallest) {
      throw new UserInputException(
          "%s is %s; valid is a number of bytes such as 1048576 or 1MiB, at least %d"
              .formatted(option, text, smallest));
    }
    return bytes.getAsLong();
  }
}
