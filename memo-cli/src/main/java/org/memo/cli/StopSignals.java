package org.memo.cli;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;

/**
 * Turns SIGINT and SIGTERM into a request to stop. A second signal ends the process at once.
 * Closing gives the signals back to whoever had them.
 */
final class StopSignals implements AutoCloseable {
  private static final int INTERRUPT = 2;
  private static final int TERMINATE = 15;

  private final Map<String, @Nullable Object> handlersBefore = new HashMap<>();
  private final Runnable requestStop;
  private final Consumer<String> say;
  private volatile int exitCode = ExitCode.DONE;

  private StopSignals(Runnable requestStop, Consumer<String> say) {
    this.requestStop = requestStop;
    this.say = say;
  }

  /**
   * Listens for signals.
   *
   * @param requestStop is called at the first signal, on a thread of the JVM
   */
  static StopSignals install(Runnable requestStop, Consumer<String> say) {
    StopSignals signals = new StopSignals(requestStop, say);
    signals.listen("INT", INTERRUPT);
    signals.listen("TERM", TERMINATE);
    return signals;
  }

  private void listen(String name, int number) {
    handlersBefore.put(name, Signals.register(name, () -> received(name, number)));
  }

  /** 128 and the number of the signal that came, 0 when none came. */
  int exitCode() {
    return exitCode;
  }

  private synchronized void received(String name, int number) {
    boolean first = exitCode == ExitCode.DONE;
    exitCode = ExitCode.SIGNAL_BASE + number;
    if (!first) {
      Runtime.getRuntime().halt(exitCode);
    }
    say.accept("SIG" + name + ": the step and a checkpoint come first; again ends at once");
    requestStop.run();
  }

  @Override
  public void close() {
    handlersBefore.forEach(Signals::unregister);
  }
}
