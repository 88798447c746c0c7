package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.data.TokenType;
import org.memo.train.TrainOptions;

class TrainCommandTest {
  @TempDir private Path folder;
  private final FakeTraining training = new FakeTraining();

  @Test
  void flagsBecomeOptions() {
    TrainOptions options =
        optionsOf(
            "--model=tiny",
            "--from-scratch",
            "--data",
            "a.bin",
            "b.bin",
            "--data-type",
            "int32",
            "--output",
            "run",
            "--device-memory",
            "64MiB");

    assertTrue(options.model().fromScratch());
    assertEquals(List.of("a.bin", "b.bin"), options.data().sources());
    assertEquals(TokenType.INT32, options.data().type());
    assertEquals(OptionalLong.of(64 << 20), options.device().deviceMemoryBytes());
    assertEquals(8192, options.batch().sequenceLength());
  }

  @Test
  void ofARepeatedFlagTheLastCountsButFilesAreAllTaken() {
    TrainOptions options =
        optionsOf(
            "--model",
            "tiny",
            "--output",
            "run",
            "--data",
            "a",
            "b",
            "--lr",
            "1",
            "--lr",
            "2",
            "--data",
            "c");
    assertEquals(2, options.optimizer().learningRate());
    assertEquals(List.of("a", "b", "c"), options.data().sources());
  }

  @Test
  void aFlagWinsOverTheConfigFile() throws IOException {
    Path config =
        config(
            "# comment",
            "model: tiny",
            "data: [a.bin, b.bin]",
            "from-scratch: true",
            "output: run",
            "lr: 1e-3",
            "sequence-length: 16K",
            "alpha: .5");

    TrainOptions options =
        optionsOf("--config", config.toString(), "--lr", "2e-3", "--from-scratch=false");

    assertEquals(2e-3, options.optimizer().learningRate());
    assertEquals(false, options.model().fromScratch());
    assertEquals(16384, options.batch().sequenceLength());
    assertEquals(0.5, options.swap().alpha().orElseThrow());
    assertEquals(List.of("a.bin", "b.bin"), options.data().sources());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "sequence-lenght: 8K # no option is called 'sequence-lenght'; did you mean"
            + " sequence-length?",
        "learning_rate: 1 # no option is called 'learning_rate'; memo help train lists them",
        "lr: fast # --lr is 'fast'; valid is a number such as 3e-4",
        "lr: # --lr is ''; valid is a number such as 3e-4",
        "lr: [1, 2] # --lr takes one value, but was given 2: [1, 2]",
        "data: [[a]] # data holds a list in a list; valid is a list of values",
        "lr: {a: 1} # lr holds a mapping; valid is a value",
        "model: small # model is given twice; valid is once",
        "steps # ",
        "steps: [1 # ",
      })
  void aMistakeInTheFileIsAnsweredWithItsLine(String line, String message) throws IOException {
    Path config = config("model: tiny", line);

    CommandLineRun run = CommandLineRun.of(training, "train", "--config", config.toString());

    assertEquals(2, run.exitCode());
    String expected = config + ", line 2: " + (message == null ? "" : message);
    boolean anyLine = message == null && run.err().startsWith("memo: " + config + ", line ");
    assertTrue(anyLine || run.err().startsWith("memo: " + expected), run.err());
    assertEquals(List.of(), training.opened);
  }

  @Test
  void aConfigThatIsNoMappingIsRefused() throws IOException {
    CommandLineRun run =
        CommandLineRun.of(training, "train", "--config", config("- tiny").toString());
    assertEquals(2, run.exitCode());
    assertTrue(run.err().contains("line 1: valid is a line 'key: value'"), run.err());
  }

  @Test
  void aConfigThatIsMissingIsRefused() {
    String missing = folder.resolve("no.yaml").toString();
    CommandLineRun run = CommandLineRun.of(training, "train", "--config", missing);
    assertEquals(2, run.exitCode());
    assertTrue(run.err().contains("no.yaml, which does not exist"), run.err());
  }

  @Test
  void theWrittenConfigLoadsBackAsTheSameOptions() throws IOException {
    Path resumed = Files.createDirectories(folder.resolve("earlier run"));
    Files.writeString(resumed.resolve("config.yaml"), "");
    TrainOptions options =
        optionsOf(
            "--model",
            folder.toString(),
            "--from-scratch",
            "--data",
            config("").toString(),
            "--output",
            folder.resolve("a \"b\" \\ c: #d").toString(),
            "--alpha",
            "0.25",
            "--tile",
            "1K",
            "--threads",
            "3",
            "--seed",
            "-9",
            "--resume",
            resumed.toString());
    Path written = Files.writeString(folder.resolve("written.yaml"), options.toYaml());

    assertEquals(options, optionsOf("--config", written.toString()));
  }

  @Test
  void aResumedRunGoesOnWithItsOwnConfigInItsOwnFolder() throws IOException {
    Path runFolder = Files.createDirectories(folder.resolve("run"));
    Files.writeString(
        runFolder.resolve("config.yaml"), "model: tiny\ndata: x.bin\noutput: moved\nlr: 0.5\n");

    TrainOptions options = optionsOf("--resume", runFolder.toString(), "--steps", "500");

    assertEquals(Optional.of(runFolder), options.output().resume());
    assertEquals(runFolder, options.output().runFolder());
    assertEquals(0.5, options.optimizer().learningRate());
    assertEquals(500, options.batch().steps());
  }

  @Test
  void aFolderWithoutConfigCannotBeResumed() {
    CommandLineRun run = CommandLineRun.of(training, "train", "--resume", folder.toString());
    assertEquals(2, run.exitCode());
    assertTrue(run.err().contains("which holds no config.yaml"), run.err());
  }

  @Test
  void theClosingLinesSayWhatTheStepWouldHaveNeeded() {
    CommandLineRun run =
        CommandLineRun.of(
            training,
            "train",
            "--model",
            "tiny",
            "--data",
            "x.bin",
            "--output",
            "run",
            "--steps",
            "4");

    assertEquals(0, run.exitCode());
    assertEquals("", run.err());
    List<String> lines = run.out().lines().toList();
    assertEquals(
        "Plan: 1.00 MiB of 2.00 MiB device memory, 3.00 MiB host memory; alpha 0.500, tiles of 128"
            + " tokens, 2 of 4 layers resident; a step swaps 5.00 MiB and recomputes 77 tokens",
        lines.getFirst());
    assertEquals(
        List.of(
            "Done after 4 steps in 0:01: loss 4.0000 -> 1.0000",
            "Without Memo this step would have needed 9.00 MiB; it used 1.00 MiB of device memory"
                + " and 3.00 MiB of host memory",
            "Model: step-4"),
        lines.subList(lines.size() - 3, lines.size()));
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void aSignalStopsTheRunAndIsTheExitCode(String signal, int exitCode) {
    training.beforeWaiting = () -> sendToThisProcess(signal);

    CommandLineRun run =
        CommandLineRun.of(
            training, "train", "--model", "tiny", "--data", "x.bin", "--output", "run");

    assertEquals(exitCode, run.exitCode());
    assertTrue(run.out().contains("SIG" + signal), run.out());
    assertTrue(run.out().contains("Stopped after 100 steps"), run.out());
  }

  private static void sendToThisProcess(String signal) {
    try {
      String pid = Long.toString(ProcessHandle.current().pid());
      assertEquals(0, new ProcessBuilder("kill", "-" + signal, pid).start().waitFor());
    } catch (IOException | InterruptedException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private TrainOptions optionsOf(String... args) {
    String[] all = new String[args.length + 1];
    all[0] = "train";
    System.arraycopy(args, 0, all, 1, args.length);
    CommandLineRun run = CommandLineRun.of(training, all);
    assertEquals(0, run.exitCode(), run.err());
    return training.opened.getLast();
  }

  private Path config(String... lines) throws IOException {
    return Files.write(folder.resolve("config.yaml"), List.of(lines));
  }
}
