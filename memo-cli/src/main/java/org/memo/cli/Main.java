package org.memo.cli;

import java.io.PrintWriter;
import java.util.Locale;
import org.memo.parallel.training.Training;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The entry of {@code ./memo}. */
public final class Main {
  /** Set to anything but 0, it shows where in Memo a failure arose. */
  private static final String STACK_TRACE = "MEMO_STACKTRACE";

  /** How everything on standard error begins; behind it the rank, where there are several. */
  static final String VOICE = "memo";

  private Main() {}

  public static void main(String[] args) {
    // Ranks compare what they say, and files are for programs: neither has a country's digits.
    Locale.setDefault(Locale.ROOT);
    System.exit(commandLine(new TrainCommand(Training::open, System.getenv())).execute(args));
  }

  /** The command line with a given way to train. */
  static CommandLine commandLine(TrainCommand train) {
    return new CommandLine(new MemoCommand())
        .addSubcommand(TrainCommand.NAME, train.spec())
        .addSubcommand(new PlanCommand())
        .addSubcommand(new SolveCommand())
        .addSubcommand(new ProfileCommand())
        .addSubcommand(new DoctorCommand())
        .addSubcommand(new CommandLine.HelpCommand())
        .setUsageHelpAutoWidth(true)
        .setParameterExceptionHandler((wrong, args) -> answerWrongArguments(wrong, train))
        .setExecutionExceptionHandler(
            (failure, failed, parsed) -> answer(failure, failed, train.voice()))
        .setExitCodeExceptionMapper(ExitCode::of)
        .setExecutionStrategy(Main::executeLast);
  }

  /** Errors too are answered in one line: running out of heap is one. */
  private static int executeLast(ParseResult parsed) {
    try {
      return new CommandLine.RunLast().execute(parsed);
    } catch (Error error) {
      CommandLine failed = parsed.asCommandLineList().getLast();
      throw new ExecutionException(failed, String.valueOf(error.getMessage()), error);
    }
  }

  private static int answerWrongArguments(ParameterException wrong, TrainCommand train) {
    CommandLine command = wrong.getCommandLine();
    String mistake = ArgumentMistakes.describe(wrong);
    boolean ofTrain = command.getCommandSpec() == train.spec();
    say(command.getErr(), ofTrain ? train.tellOthers(mistake) : VOICE, mistake);
    return ExitCode.USER_INPUT;
  }

  private static int answer(Throwable thrown, CommandLine command, String voice) {
    Throwable cause = thrown.getCause();
    Throwable failure = thrown instanceof ExecutionException && cause != null ? cause : thrown;
    int exitCode = ExitCode.of(failure);
    String message = failure.getMessage();
    if (exitCode == ExitCode.INTERNAL_ERROR || message == null) {
      message = failure.toString();
    }
    if (failure instanceof OutOfMemoryError) {
      message =
          "the memory of the Java process is used up (%s): set MEMO_JAVA_OPTIONS=-Xmx4g for more heap, or give it less to do"
              .formatted(message);
    }
    if (exitCode == ExitCode.INTERNAL_ERROR) {
      message += " (a mistake of Memo's; set " + STACK_TRACE + "=1 to see where)";
    }
    say(command.getErr(), voice, message);
    if (!System.getenv().getOrDefault(STACK_TRACE, "0").equals("0")) {
      failure.printStackTrace(command.getErr());
    }
    return exitCode;
  }

  private static void say(PrintWriter err, String voice, String message) {
    err.println(line(voice, message));
    err.flush();
  }

  /** One line, whatever the message holds. */
  static String line(String voice, String message) {
    return voice + ": " + message.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
