package org.memo.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.memo.DoesNotFitException;
import org.memo.RunFailedException;
import org.memo.UserInputException;
import org.memo.bindings.MissingLibraryException;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.OutOfHostMemoryException;
import org.memo.train.TrainOption;

class MainTest {
  private static final String[] TRAIN = {
    "train", "--model", "tiny", "--data", "x.bin", "--output", "run", "--steps", "2"
  };

  private final FakeTraining training = new FakeTraining();

  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(new UserInputException("wrong"), 2, "wrong"),
        Arguments.of(new DoesNotFitException("big", 2, 1), 3, "big"),
        Arguments.of(new OutOfHostMemoryException("pool", 9, 1), 3, "host memory for pool"),
        Arguments.of(new MissingLibraryException("gone"), 4, "gone"),
        Arguments.of(new RunFailedException(7, "step 7:\n  NaN", null), 5, "step 7: NaN"),
        Arguments.of(NativeCallException.of("f", 2, "E", "", "n", 3), 5, "f failed: E (2); n=3"),
        Arguments.of(new IllegalStateException("bug"), 1, "java.lang.IllegalStateException: bug"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aFailureIsAnsweredWithItsExitCodeAndOneLine(
      RuntimeException failure, int exitCode, String message) {
    training.failure = failure;

    CommandLineRun run = CommandLineRun.of(training, TRAIN);

    assertEquals(exitCode, run.exitCode());
    assertTrue(run.err().startsWith("memo: " + message), run.err());
    assertEquals(1, run.err().lines().count());
    assertEquals(1, training.closed);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "trian # no command 'trian'; did you mean train?; see memo --help",
        "zzzz # no command 'zzzz'; see memo --help",
        "train --stps 3 # no option --stps; did you mean --steps?; see memo train --help",
        "train --stps=3 # no option --stps; did you mean --steps?; see memo train --help",
        "train --lr # Missing required parameter for option '--lr' (RATE); see memo train --help",
        "train 3 # '3' belongs to no option; see memo train --help",
        "train # --model is not given; valid is a preset's name or a Hugging Face folder",
      })
  void aMistypedCommandLineIsAnsweredWithWhatIsValid(String args, String message) {
    CommandLineRun run = CommandLineRun.of(training, args.strip().split(" "));

    assertEquals(2, run.exitCode());
    assertTrue(run.err().startsWith("memo: " + message), run.err());
    assertEquals(1, run.err().lines().count());
    assertEquals("", run.out());
  }

  @Test
  void cudaIsAnsweredAsMissing() {
    String[] args = {"train", "--model", "tiny", "--data", "x", "--device", "cuda:4096"};
    CommandLineRun run = CommandLineRun.of(training, args);
    assertEquals(4, run.exitCode());
    assertTrue(run.err().contains("--device is cuda:4096, but"), run.err());
  }

  @Test
  void helpNamesTheCommandsAndTheExitCodes() {
    for (String args : new String[] {"help", "--help"}) {
      CommandLineRun run = CommandLineRun.of(training, args);
      assertEquals(0, run.exitCode());
      assertTrue(run.out().contains("train ") && run.out().contains("doctor "), run.out());
      assertTrue(run.out().contains("Exit codes:"), run.out());
    }
    assertTrue(CommandLineRun.of(training).out().contains("Exit codes:"));
  }

  @Test
  void helpOfTrainShowsEveryOptionWithItsDefault() {
    String help = CommandLineRun.of(training, "help", "train").out();
    assertEquals(help, CommandLineRun.of(training, "train", "--help").out());
    String words = help.replaceAll("\\s+", " ");
    TrainOption.all()
        .forEach(option -> {
          assertTrue(help.contains("--" + option.key()), option.key());
          assertTrue(words.contains(option.description()), option.key());
          assertTrue(
              option.defaultText().isEmpty()
                  || words.contains("Default: " + option.defaultText() + "."),
              option.key());
        });
  }

  @Test
  void doctorAlwaysAnswers() {
    CommandLineRun run = CommandLineRun.of(training, "doctor");
    assertEquals(0, run.exitCode());
    for (String what : new String[] {"Java ", "Processor ", "Memory ", "Devices ", "Missing "}) {
      assertTrue(run.out().lines().anyMatch(line -> line.startsWith(what)), what);
    }
  }

  @Test
  void theVersionIsOneLine() {
    assertEquals(1, CommandLineRun.of(training, "--version").out().lines().count());
  }
}
