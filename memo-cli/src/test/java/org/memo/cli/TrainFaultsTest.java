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
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.parallel.training.Training;

/** What a run that cannot be made is answered with, from the command line down to the files. */
class TrainFaultsTest {
  private static final Pattern NEEDED = Pattern.compile("--(device|host)-memory ([0-9]+)");

  @TempDir private Path folder;
  private Path output;

  @BeforeEach
  void writeTheData() throws IOException {
    output = folder.resolve("new/run");
    byte[] text = new byte[10_000];
    new Random(5).nextBytes(text);
    Files.write(folder.resolve("data"), text);
    Files.write(folder.resolve("odd"), new byte[7]);
    Files.write(folder.resolve("empty"), new byte[0]);
    byte[] ids = new byte[100];
    Arrays.fill(ids, (byte) 2); // 514 as uint16, and the preset has 320 tokens
    Files.write(folder.resolve("ids"), ids);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "2 # --model nobody # --model is nobody, which is neither a folder nor one of",
        "2 # --data /DIR/none # /DIR/none does not exist",
        "2 # --data /DIR # /DIR is a folder; a file is needed",
        "2 # --data /dev/zero # /dev/zero is a pipe or a device; a file is needed",
        "2 # --data /DIR/empty # has 1 tokens, but a window of --sequence-length 64 needs 65",
        "2 # --sequence-length 10001 # has 10001 tokens, but a window of --sequence-length",
        "2 # --data-type int32 --data /DIR/odd # 7 bytes, which is not a multiple of the 4 bytes",
        "2 # --data-type uint16 --data /DIR/ids # token 0 is 514, outside the model's vocabulary",
        "2 # --sequence-length 4611686018427387904 --batch-size 2 # more tokens than a 64-bit",
        "2 # --threads 0 # --threads is 0; valid is 1 to 1024",
        "2 # --threads 1000000000 # --threads is 1000000000; valid is 1 to 1024",
        "2 # --alpha 2 # --alpha is 2.0; valid is auto or a number from 0 to 1",
        "2 # --residency 5 # --residency is 5; valid is auto, none, all, or a number or forms of up"
            + " to 4 layers",
        "2 # --output /DIR/data # /DIR/data is no folder that can be written",
        "2 # --output /DIR/data/run # /DIR/data is no folder that can be written",
        "2 # --resume /DIR # --resume is /DIR, which holds no config.yaml",
        "2 # --sequence-parallel 8 --ring 1 # --ring is 1; valid is auto or 2 and more: 8 ranks"
            + " share a sequence, and 4 query heads",
        "2 # --sequence-parallel 8 --ring 3 # --ring is 3; valid is auto or a divisor of the 8",
        "2 # --data-parallel 0 # --data-parallel is 0; valid is auto or 1 to 65536 ranks",
        "2 # --data-parallel 2 --sequence-parallel 1000 # are more ranks than the 1024 that one",
        "2 # --rank-timeout never # --rank-timeout is 'never'; valid is a duration such as",
        "2 # --rank-timeout 10ms # --rank-timeout is 10ms; valid is 1s to 168h",
        "3 # --sequence-parallel 2 --device-memory 1 # the smallest that would do is",
        "3 # --sequence-parallel 2 --batch-size 2M --tile 1M --host-memory 1TiB --device-memory"
            + " 512TiB --residency all # together, and",
        "3 # --device-memory 1 # the smallest that would do is --device-memory",
        "3 # --host-memory 0 # the smallest that would do is --host-memory",
        "3 # --batch-size 1T # the inputs of all layers alone take",
        "4 # --device cuda # --device is cuda:0, but",
      })
  void aRunThatCannotBeMadeIsAnsweredInOneLineAndLeavesNothing(
      int exitCode, String arguments, String message) throws IOException {
    List<Path> before = files();
    CommandLineRun run = train(arguments.replace("/DIR", folder.toString()).split(" "));

    assertEquals(exitCode, run.exitCode(), run.err());
    assertTrue(run.err().contains(message.replace("/DIR", folder.toString())), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
    assertEquals(before, files());
  }

  @ParameterizedTest
  @CsvSource({"device, --steps 1", "host, --steps 1", "host, --device-memory 14MB"})
  void theSmallestMemoryThatIsNamedIsTheSmallest(String memory, String arguments) {
    String option = " --" + memory + "-memory ";
    Matcher needed = NEEDED.matcher(train((arguments + option + "1").split(" ")).err());
    assertTrue(needed.find());
    long smallest = Long.parseLong(needed.group(2));

    assertEquals(3, train((arguments + option + (smallest - 1)).split(" ")).exitCode());
    CommandLineRun run = train((arguments + option + smallest).split(" "));
    assertEquals(0, run.exitCode(), run.err());
  }

  @Test
  void aLossThatIsNotFiniteIsAnsweredWithItsStepAndTheLastCheckpoint() {
    CommandLineRun run = train("--lr", "1e30", "--steps", "9", "--checkpoint-every", "1");
    assertEquals(5, run.exitCode());
    assertTrue(run.err().matches("memo: step [2-9]: loss=.* is not finite; the last.*\\R"));
    assertTrue(Files.exists(output.resolve("checkpoints/step-1/state.json")));
  }

  @Test
  void theWrittenConfigGivesTheSamePlanWithMoreMemory() throws IOException {
    assertEquals(0, train("--sequence-length", "2K", "--device-memory", "36MB").exitCode());
    String config = Files.readString(output.resolve("config.yaml"));
    assertTrue(config.matches("(?s).*\\nalpha: [01]\\.[0-9]+\\ntile: [0-9]+\\n.*"), config);
    assertFalse(config.matches("(?s).*\\n(alpha|tile|tile-slots|residency): auto.*"), config);

    String again = folder.resolve("again").toString();
    CommandLineRun second =
        run(
            "train",
            "--config",
            output.resolve("config.yaml").toString(),
            "--device-memory",
            "1GiB",
            "--output",
            again);
    assertEquals(0, second.exitCode(), second.err());
    assertEquals(-1, Files.mismatch(output.resolve("plan.json"), Path.of(again, "plan.json")));
  }

  @Test
  void aTruncatedModelIsRefused() throws IOException {
    assertEquals(0, train().exitCode());
    Path model = output.resolve("checkpoints/step-1");
    Path weights = model.resolve("model.safetensors");
    byte[] whole = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(whole, whole.length - 4));
    Path second = folder.resolve("second");

    CommandLineRun run = train("--model", model.toString(), "--output", second.toString());

    assertEquals(2, run.exitCode());
    assertTrue(run.err().contains("model.safetensors is not valid: tensor"), run.err());
    assertFalse(Files.exists(second));
  }

  @Test
  void runningOutOfTheJavaHeapIsAnsweredAsNotFitting() {
    FakeTraining training = new FakeTraining();
    training.beforeWaiting =
        () -> {
          throw new OutOfMemoryError("Java heap space");
        };
    CommandLineRun run =
        CommandLineRun.of(training, "train", "--model", "tiny", "--data", "x", "--output", "y");
    assertEquals(3, run.exitCode());
    assertTrue(run.err().contains("MEMO_JAVA_OPTIONS"), run.err());
  }

  /** The defaults of these tests, and behind them the arguments: of a flag the last counts. */
  private CommandLineRun train(String... arguments) {
    List<String> all = new ArrayList<>(List.of("train"));
    addUnlessGiven(all, arguments, "--model", "tiny");
    addUnlessGiven(all, arguments, "--data", folder.resolve("data").toString());
    addUnlessGiven(all, arguments, "--data-type", "bytes");
    addUnlessGiven(all, arguments, "--sequence-length", "64");
    addUnlessGiven(all, arguments, "--steps", "1");
    addUnlessGiven(all, arguments, "--output", output.toString());
    all.addAll(List.of(arguments));
    return run(all.toArray(String[]::new));
  }

  private static void addUnlessGiven(
      List<String> all, String[] arguments, String flag, String value) {
    if (!List.of(arguments).contains(flag)) {
      all.addAll(List.of(flag, value));
    }
  }

  private static CommandLineRun run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        Main.commandLine(new TrainCommand(Training::open, Map.of()))
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    return new CommandLineRun(exitCode, out.toString(), err.toString());
  }

  private List<Path> files() throws IOException {
    try (var tree = Files.walk(folder)) {
      return tree.sorted().toList();
    }
  }
}
