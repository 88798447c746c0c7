package org.memo.cli;

import java.io.Console;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import org.memo.train.PlanSummary;
import org.memo.train.StepMetrics;
import org.memo.train.TrainListener;
import org.memo.train.TrainSummary;

/** Shows a run to a person: a {@link StepDisplay} of steps, and lines around it. */
final class TrainProgress implements TrainListener, AutoCloseable {
  private final PrintWriter out;
  private final StepDisplay steps;

  TrainProgress(PrintWriter out, StepDisplay steps) {
    this.out = out;
    this.steps = steps;
  }

  /** A progress bar on a terminal, lines otherwise. */
  static TrainProgress on(PrintWriter out, long totalSteps) {
    return new TrainProgress(
        out, isTerminal() ? new StepBar(totalSteps, System.out) : new StepLines(out, totalSteps));
  }

  /** Shows nothing. */
  static TrainProgress silent() {
    PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
    return new TrainProgress(nowhere, new StepLines(nowhere, 0));
  }

  @SuppressWarnings("SystemConsoleNull") // some JDKs after 22 return null again
  private static boolean isTerminal() {
    Console console = System.console();
    String kind = System.getenv().getOrDefault("TERM", "dumb");
    return console != null && console.isTerminal() && !kind.equals("dumb");
  }

  @Override
  public void message(String line) {
    steps.clear();
    out.println(line);
    out.flush();
  }

  @Override
  public void planned(PlanSummary plan) {
    message(TrainText.plan(plan));
  }

  @Override
  public void step(StepMetrics metrics) {
    steps.show(metrics);
  }

  @Override
  public void checkpoint(long step, Path folder) {
    message("Checkpoint of step %,d: %s".formatted(step, folder));
  }

  void finished(TrainSummary summary) {
    steps.close();
    TrainText.summary(summary).forEach(out::println);
    out.flush();
  }

  @Override
  public void close() {
    steps.close();
  }
}
