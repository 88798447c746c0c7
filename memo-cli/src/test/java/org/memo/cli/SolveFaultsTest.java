package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.planner.allocation.Validator;
import org.memo.planner.io.AllocationCsv;

/** What problems are answered with that are wrong, damaged, or as large as numbers can be. */
class SolveFaultsTest {
  private static final String HEADER = "id,lower,upper,size\n";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = true,
      textBlock =
          """
          ''                            | line 1: the file is empty; it must begin with a header
          ';;'                          | the file is empty
          'a,0,1,1'                     | line 1: the header lacks the column 'id'
          'id,lower,upper'              | line 1: the header lacks the column 'size'
          'H;a,1,1,5'                   | line 2: tensor a has the lifespan [1, 1)
          'H;a,5,1,5'                   | line 2: tensor a has the lifespan [5, 1)
          'H;a,0,1,0'                   | line 2: tensor a has size 0 bytes; it must be above 0
          'H;a,0,1,-3'                  | line 2: tensor a has size -3 bytes
          'H;a,0,1,1;b,0,1,1;a,2,3,1'   | line 4: the id 'a' stands in line 2 already
          'H;a,0,1'                     | line 2: there are 3 fields for the 4 columns
          'H;a,0,1,1,1'                 | line 2: there are 5 fields for the 4 columns
          'H;a,0,1,one'                 | line 2: size is 'one'; it must be a whole number below 2^63
          'H;a,0,1,9223372036854775808' | line 2: size is '9223372036854775808'
          'H;a,0,1e12,4'                | line 2: upper is '1e12'
          'H;"a,0,1,1'                  | line 2: a quote is not closed
          'H;a,0,1,9223372036854775807;b,0,1,1' | the buffers up to b (1 bytes) add up to more than 2^63
          'H;a,0,1,9223372036854775807;b,7,8,1' | the buffers up to b (1 bytes) add up to more than 2^63
          """)
  void aMalformedProblemIsAnsweredInOneLineAndLeavesNoSolution(String text, String message)
      throws IOException {
    CommandLineRun run = solve(text.replace(';', '\n').replace("H\n", HEADER));
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().startsWith("memo: " + problem() + ": "), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals("", run.out());
    assertFalse(Files.exists(solution()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "/DIR # is a folder; a CSV file is needed",
        "/DIR/none # does not exist; a CSV file is needed",
        "/dev/zero # line 1: the line is longer than the 65536 characters",
        "/dev/null # the file is empty",
      })
  void whatIsNoFileIsAnsweredInOneLine(String path, String message) {
    String file = path.replace("/DIR", folder.toString());
    CommandLineRun run = CommandLineRun.of(new FakeTraining(), "solve", file);
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().startsWith("memo: " + file), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = true,
      textBlock =
          """
          'H'                                             | peak=0 lower_bound=0 optimal=true
          'H;a,0,1,9223372036854775807'                   | peak=9223372036854775807 lower_bound=9223372036854775807 optimal=true
          'H;a,0,1,9223372036854775806;b,0,1,1'           | peak=9223372036854775807 lower_bound=9223372036854775807 optimal=true
          'H;a,0,2,4611686018427387904;b,1,3,4611686018427387903' | peak=9223372036854775807 lower_bound=9223372036854775807 optimal=true
          'H;a,-9223372036854775808,9223372036854775807,3;b,9223372036854775806,9223372036854775807,1' | peak=4 lower_bound=4 optimal=true
          'H;a,0,1000000000000,68719476736;b,1000000000000,2000000000000,68719476735' | peak=68719476736 lower_bound=68719476736 optimal=true
          """)
  void theWidestNumbersAreSolved(String text, String lastLine) throws IOException {
    CommandLineRun run = solve(text.replace(';', '\n').replaceFirst("H\n?", HEADER));
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().startsWith(lastLine + " seconds="), run.out());
    requireValidSolution();
  }

  @Test
  void whatIsNoTextIsRefused() throws IOException {
    Files.write(problem(), "id,lower,upper,size\nä,0,1,1\n".getBytes(StandardCharsets.ISO_8859_1));
    CommandLineRun run = CommandLineRun.of(new FakeTraining(), "solve", problem().toString());
    assertEquals(2, run.exitCode());
    assertEquals("memo: " + problem() + ": the file is no text in UTF-8", run.err().strip());
  }

  @Test
  void rowsInWindowsStyleAndAnyOrderAreAnsweredInTheirOrder() throws IOException {
    CommandLineRun run = solve("\uFEFFsize,id,upper,lower\r\n5,z,9,7\r\n\r\n4,\"a, b\",8,0\r\n");
    assertEquals(0, run.exitCode(), run.err());
    List<String> lines = Files.readAllLines(solution());
    assertEquals("size,id,upper,lower,offset", lines.get(0));
    assertTrue(lines.get(1).startsWith("5,z,9,7,") && lines.get(2).startsWith("4,\"a, b\",8,0,"));
    requireValidSolution();
  }

  @Test
  void everyDamagedFileIsSolvedOrRefused() throws IOException {
    int solved = 0;
    for (int seed = 0; seed < 150; seed++) {
      Random random = new Random(seed);
      StringBuilder text = new StringBuilder(HEADER);
      for (int i = 0; i < 5; i++) {
        int lower = random.nextInt(10);
        text.append("b%d,%d,%d,%d%n".formatted(i, lower, lower + 1 + random.nextInt(5), 1 + i));
      }
      for (int i = random.nextInt(3); i >= 0; i--) {
        int at = HEADER.length() + random.nextInt(text.length() - HEADER.length());
        text.setCharAt(at, "0123456789,-\"\n x".charAt(random.nextInt(16)));
      }
      Files.deleteIfExists(solution());
      CommandLineRun run = solve(text.toString());
      if (run.exitCode() == 0) {
        solved++;
        requireValidSolution();
      } else {
        assertEquals(2, run.exitCode(), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        assertFalse(Files.exists(solution()));
      }
    }
    assertTrue(solved > 10 && solved < 140, solved + " were solved");
  }

  private CommandLineRun solve(String text, String... arguments) throws IOException {
    Files.writeString(problem(), text);
    List<String> all =
        new ArrayList<>(
            List.of("solve", problem().toString(), "-o", solution().toString(), "--timeout", "5s"));
    all.addAll(List.of(arguments));
    return CommandLineRun.of(new FakeTraining(), all.toArray(String[]::new));
  }

  private void requireValidSolution() throws IOException {
    AllocationCsv csv = AllocationCsv.read(solution(), 1);
    assertEquals(AllocationCsv.read(problem(), 1).problem(), csv.problem());
    Validator.requireValid(csv.problem(), csv.solution().orElseThrow());
  }

  private Path problem() {
    return folder.resolve("problem.csv");
  }

  private Path solution() {
    return folder.resolve("solution.csv");
  }
}
