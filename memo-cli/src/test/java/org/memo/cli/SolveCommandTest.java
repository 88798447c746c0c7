package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.allocation.Validator;
import org.memo.planner.io.AllocationCsv;

class SolveCommandTest {
  /** The example of minimalloc's README; three buffers of 4 bytes are alive at once. */
  private static final String EXAMPLE =
      "id,lower,upper,size\nb1,0,3,4\nb2,3,9,4\nb3,0,9,4\nb4,9,21,4\nb5,0,21,4\n";

  /** Fits into 24 bytes, the most that are alive at once; the heuristics alone need more. */
  private static final String HARD =
      "id,lower,upper,size\n"
          + "a,5,6,1\n"
          + "b,2,3,7\n"
          + "c,8,10,5\n"
          + "d,5,9,5\n"
          + "e,5,8,9\n"
          + "f,7,9,8\n"
          + "g,8,12,5\n"
          + "h,8,11,1\n";

  private static final Pattern LAST_LINE =
      Pattern.compile(
          "peak=([0-9]+|none) lower_bound=([0-9]+) optimal=(true|false|unknown)"
              + " seconds=[0-9]+\\.[0-9]{3}");

  @TempDir private Path folder;
  private Path problem;
  private Path solution;

  @BeforeEach
  void writeTheExample() throws IOException {
    problem = folder.resolve("problem.csv");
    solution = folder.resolve("solution.csv");
    Files.writeString(problem, EXAMPLE);
  }

  @Test
  void anOptimalPlacementIsWrittenAndSummedUpInTheLastLine() throws IOException {
    CommandLineRun run = solve("-o", solution.toString());

    assertEquals(0, run.exitCode(), run.err());
    assertEquals(List.of("12", "12", "true"), lastLine(run));
    assertEquals(1, run.out().lines().count());
    assertEquals("", run.err());
    assertEquals(12, validSolution().peakBytes());
    assertTrue(Files.readString(solution).startsWith("id,lower,upper,size,offset\nb1,0,3,4,"));
  }

  @Test
  void withoutAFileTheRowsComeBeforeTheLastLine() {
    CommandLineRun run = solve();
    assertEquals(0, run.exitCode());
    List<String> lines = run.out().lines().toList();
    AllocationCsv csv = AllocationCsv.parse(String.join("\n", lines.subList(0, 6)), 1);
    assertEquals(12, csv.solution().orElseThrow().peakBytes());
    assertEquals(List.of("12", "12", "true"), lastLine(run));
  }

  @ParameterizedTest
  @ValueSource(strings = {"auto", "greedy", "race", "cpsat", "mip"})
  void everySolverSaysTheSameOfACapacity(String solver) throws IOException {
    CommandLineRun small = solve("--solver", solver, "--capacity", "11", "-o", solution.toString());
    assertEquals(3, small.exitCode());
    assertEquals(List.of("none", "12", "false"), lastLine(small));
    assertTrue(small.err().contains("--capacity 11: "), small.err());
    assertTrue(small.err().contains("give --capacity 12 or more"), small.err());
    assertEquals(1, small.err().lines().count());
    assertFalse(Files.exists(solution));

    CommandLineRun enough =
        solve("--solver", solver, "--capacity", "12", "-o", solution.toString());
    assertEquals(0, enough.exitCode(), enough.err());
    assertEquals(List.of("12", "12", "true"), lastLine(enough));
    assertEquals(12, validSolution().peakBytes());
  }

  @Test
  void whatIsNotKnownIsNoSuccess() throws IOException {
    Files.writeString(problem, HARD);
    CommandLineRun run = solve("--capacity", "24", "--solver", "greedy", "-o", solution.toString());
    assertEquals(5, run.exitCode(), run.out());
    assertEquals(List.of("none", "24", "unknown"), lastLine(run));
    assertEquals(1, run.err().lines().count());
    assertFalse(Files.exists(solution));
  }

  @Test
  void offsetsAreMultiplesOfTheAlignment() throws IOException {
    assertEquals(0, solve("--alignment", "1K", "-o", solution.toString()).exitCode());
    AllocationCsv csv = AllocationCsv.read(solution, 1024);
    Validator.requireValid(csv.problem(), csv.solution().orElseThrow());
    assertEquals(2052, csv.solution().orElseThrow().peakBytes());
  }

  @Test
  void theAnswerMayReplaceTheProblem() throws IOException {
    assertEquals(0, solve("-o", problem.toString()).exitCode());
    String once = Files.readString(problem);
    assertEquals(0, solve("-o", problem.toString()).exitCode());
    assertEquals(once, Files.readString(problem));
    assertEquals(List.of(problem), files());
  }

  @Test
  void aDeviceAsOutputIsWrittenToAndNotReplaced() {
    assertEquals(0, solve("-o", "/dev/null").exitCode());
    assertFalse(Files.isRegularFile(Path.of("/dev/null")));
  }

  @Test
  void aLinkAsOutputStaysALink() throws IOException {
    Files.writeString(solution, "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), solution);
    assertEquals(0, solve("-o", link.toString()).exitCode());
    assertTrue(Files.isSymbolicLink(link));
    assertEquals(12, validSolution().peakBytes());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = true,
      textBlock =
          """
          --timeout x        | --timeout is x; valid is a duration such as 500ms
          --timeout -1s      | --timeout is -1s; valid is a duration
          --solver magic     | --solver is magic; valid is auto, greedy
          --threads 0        | --threads is 0; valid is 1 to 1024
          --threads many     | Invalid value for option '--threads'
          --capacity -1      | --capacity is -1; valid is a number of bytes
          --capacity 1.5     | --capacity is 1.5; valid is a number of bytes
          --capacity 9E      | --capacity is 9E; valid is a number of bytes
          --alignment 0      | --alignment is 0; valid is a number of bytes
          --alignment 8EiB   | --alignment is 8EiB; valid is a number of bytes
          --alignment 4194304T | problem.csv: the buffers up to b2 (4 bytes) add up to more than 2^63
          -o /DIR            | -o is /DIR, which is a folder; a file is needed
          -o /DIR/no/file    | -o is /DIR/no/file, but there is no folder /DIR/no
          /DIR/none.csv      | belongs to no option
          --capcity 3        | no option --capcity; did you mean --capacity?
          """)
  void aWrongOptionIsAnsweredInOneLineAndNothingIsWritten(String arguments, String message)
      throws IOException {
    CommandLineRun run = solve(arguments.replace("/DIR", folder.toString()).split(" "));
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().contains(message.replace("/DIR", folder.toString())), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals("", run.out());
    assertEquals(List.of(problem), files());
  }

  private CommandLineRun solve(String... arguments) {
    List<String> all = new ArrayList<>(List.of("solve", problem.toString()));
    all.addAll(List.of(arguments));
    return CommandLineRun.of(new FakeTraining(), all.toArray(String[]::new));
  }

  private static List<String> lastLine(CommandLineRun run) {
    Matcher line = LAST_LINE.matcher(run.out().lines().toList().getLast());
    assertTrue(line.matches(), run.out());
    return List.of(line.group(1), line.group(2), line.group(3));
  }

  private Solution validSolution() throws IOException {
    AllocationCsv csv = AllocationCsv.read(solution, 1);
    Problem answered = csv.problem();
    assertEquals(AllocationCsv.read(problem, 1).problem(), answered);
    Validator.requireValid(answered, csv.solution().orElseThrow());
    return csv.solution().orElseThrow();
  }

  private List<Path> files() throws IOException {
    try (var tree = Files.list(folder)) {
      return tree.sorted().toList();
    }
  }
}
