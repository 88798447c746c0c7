package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.memo.parallel.training.Training;

/** {@code memo train} as real processes on this machine. */
@Timeout(180)
class TrainProcessesTest {
  private static final double LOSS_TOLERANCE = 1e-5;
  private static final Pattern LOSS = Pattern.compile("\"loss\":([^,]+),");

  @TempDir private Path folder;
  private Path output;
  private List<RankProcess> ranks = List.of();

  @BeforeEach
  void writeTheData() throws IOException {
    output = folder.resolve("run");
    byte[] text = new byte[5000];
    new Random(5).nextBytes(text);
    Files.write(folder.resolve("data"), text);
  }

  @AfterEach
  void endWhatIsLeft() {
    ranks.forEach(rank -> rank.process().destroyForcibly());
  }

  @Test
  void twoProcessesTrainAsOneAndWithOneVoice() throws Exception {
    start(arguments("--sequence-parallel", "2", "--shard", "parameters", "--steps", "3"));
    CommandLineRun leader = ranks.get(0).ended();
    CommandLineRun other = ranks.get(1).ended();
    assertEquals(0, leader.exitCode(), leader.err());
    assertEquals(0, other.exitCode(), other.err());
    assertTrue(leader.out().contains("Done after 3 steps"), leader.out());
    assertEquals("", other.out());

    Path alone = folder.resolve("alone");
    assertEquals(0, here("--steps", "3", "--output", alone.toString()).exitCode());
    List<Double> expected = losses(alone);
    List<Double> given = losses(output);
    assertEquals(3, given.size());
    for (int i = 0; i < given.size(); i++) {
      assertEquals(expected.get(i), given.get(i), LOSS_TOLERANCE * expected.get(i));
    }
    goesOnAlone(4);
  }

  @Test
  void whenAProcessIsKilledTheOtherSaysWhatItDidLastAndTheCheckpointIsWhole() throws Exception {
    start(arguments("--sequence-parallel", "2", "--steps", "100000", "--checkpoint-every", "2"));
    ranks.get(0).awaitFile(output.resolve("checkpoints/step-2"));
    ranks.get(1).process().destroyForcibly();

    CommandLineRun left = ranks.get(0).ended();
    assertEquals(5, left.exitCode(), left.err());
    assertTrue(
        left.err()
            .matches("memo: rank 0: step .*rank 1 .*its last operation: .* on stream .*is whole"),
        left.err());
    String kept = left.err().replaceAll(".*/step-([0-9]+), is whole", "$1");
    goesOnAlone(Long.parseLong(kept) + 1);
  }

  @Test
  void processesOfOtherConfigurationsAreNamedByAll() throws Exception {
    start(
        arguments("--lr", "1e-3", "--steps", "1"),
        arguments("--lr", "2e-3", "--steps", "1"),
        arguments("--lr", "1e-3", "--steps", "1"));
    for (int rank = 0; rank < 3; rank++) {
      CommandLineRun run = ranks.get(rank).ended();
      assertEquals(2, run.exitCode(), run.err());
      assertEquals(
          "memo: rank %d: rank 1 has another configuration than rank 0: 'lr: 0.002' where rank 0 has 'lr: 0.001'; start all ranks alike"
              .formatted(rank),
          run.err());
    }
    assertFalse(Files.exists(output));
  }

  @Test
  void anOptionThatDoesNotExistIsToldToTheOtherRanks() throws Exception {
    ranks =
        RankProcess.start(
            folder, List.of(arguments("--steps", "1"), arguments("--lrr", "1", "--steps", "1")));
    CommandLineRun leader = ranks.get(0).ended();
    assertEquals(5, leader.exitCode(), leader.err());
    String mistake = "no option --lrr; did you mean --lr?; see memo train --help";
    assertEquals("memo: rank 0: rank 1 failed: " + mistake, leader.err());
    CommandLineRun mistaken = ranks.get(1).ended();
    assertEquals(2, mistaken.exitCode(), mistaken.err());
    assertEquals("memo: rank 1: " + mistake, mistaken.err());
  }

  @Test
  void aSignalToOneProcessStopsAllAfterACheckpoint() throws Exception {
    start(arguments("--data-parallel", "2", "--steps", "100000", "--checkpoint-every", "1"));
    ranks.get(0).awaitFile(output.resolve("checkpoints/step-1"));
    ranks.get(1).process().destroy();

    CommandLineRun leader = ranks.get(0).ended();
    assertEquals(143, leader.exitCode(), leader.err());
    assertEquals(143, ranks.get(1).ended().exitCode());
    assertTrue(leader.out().contains("Stopped after"), leader.out());
  }

  /** Starts two processes with equal arguments. */
  private void start(List<String> arguments) throws IOException {
    ranks = RankProcess.start(folder, List.of(arguments, arguments));
  }

  private void start(List<String> first, List<String> second, List<String> third)
      throws IOException {
    ranks = RankProcess.start(folder, List.of(first, second, third));
  }

  private List<String> arguments(String... more) {
    List<String> all = new ArrayList<>(List.of("train", "--model", "tiny", "--device", "host"));
    all.addAll(List.of("--data", folder.resolve("data").toString(), "--data-type", "bytes"));
    all.addAll(List.of("--sequence-length", "64", "--threads", "2", "--rank-timeout", "40s"));
    all.addAll(List.of("--output", output.toString()));
    all.addAll(List.of(more));
    return all;
  }

  private void goesOnAlone(long steps) {
    CommandLineRun run =
        here(
            "--resume",
            output.toString(),
            "--sequence-parallel",
            "1",
            "--shard",
            "none",
            "--steps",
            String.valueOf(steps));
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(Files.exists(output.resolve("checkpoints/step-" + steps)));
  }

  /** The same arguments and more in this process; of a flag the last counts. */
  private CommandLineRun here(String... more) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Main.commandLine(new TrainCommand(Training::open, Map.of()))
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments(more).toArray(String[]::new));
    return new CommandLineRun(exitCode, out.toString(), err.toString());
  }

  private static List<Double> losses(Path run) throws IOException {
    return Files.readAllLines(run.resolve("metrics.jsonl")).stream()
        .map(LOSS::matcher)
        .filter(Matcher::find)
        .map(line -> Double.valueOf(line.group(1)))
        .toList();
  }
}
