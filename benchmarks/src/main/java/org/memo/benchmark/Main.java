package org.memo.benchmark;

import java.io.IOException;
import java.util.Collection;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs the benchmarks with JMH's own command line and prints a table with a rate and a limit for
 * each. With {@code -v} JMH's usual output comes first. A wrong answer ends the run with exit code
 * 1.
 */
public final class Main {
  private Main() {}

  public static void main(String[] args)
      throws IOException, CommandLineOptionException, RunnerException {
    CommandLineOptions commandLine = new CommandLineOptions(args);
    if (asksForText(commandLine)) {
      org.openjdk.jmh.Main.main(args);
      return;
    }
    boolean failOnError = commandLine.shouldFailOnError().orElse(true);
    Options options =
        new OptionsBuilder().parent(commandLine).shouldFailOnError(failOnError).build();
    try {
      run(options, commandLine.verbosity().hasValue());
    } catch (NoBenchmarksException e) {
      System.err.println(
          "benchmarks: nothing is called like %s; -l lists all".formatted(options.getIncludes()));
      System.exit(2);
    } catch (RunnerException e) {
      System.err.println("benchmarks: " + e.getMessage());
      System.exit(1);
    }
  }

  private static void run(Options options, boolean verbose) throws RunnerException {
    if (!verbose) {
      runQuietly(options);
      return;
    }
    Collection<RunResult> results = new Runner(options).run();
    System.out.println(TableRow.header());
    results.forEach(result -> System.out.println(TableRow.of(result.getAggregatedResult())));
  }

  private static void runQuietly(Options options) throws RunnerException {
    TableFormat table = new TableFormat(System.out);
    try {
      new Runner(options, table).run();
    } catch (RunnerException e) {
      table.printFailure();
      throw e;
    }
  }

  private static boolean asksForText(CommandLineOptions commandLine) {
    return commandLine.shouldHelp()
        || commandLine.shouldList()
        || commandLine.shouldListWithParams()
        || commandLine.shouldListProfilers()
        || commandLine.shouldListResultFormats();
  }
}
