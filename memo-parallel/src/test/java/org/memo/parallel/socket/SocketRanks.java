package org.memo.parallel.socket;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.memo.collective.Collectives;

/** Runs a program on ranks that talk over loopback sockets, a thread for each. */
final class SocketRanks {
  private SocketRanks() {}

  @FunctionalInterface
  interface Program {
    void run(Collectives collectives) throws Exception;
  }

  /** Throws what a rank has thrown first, once all have ended; the others' suppressed. */
  static void run(int ranks, Duration timeout, Program program) {
    List<TestControl> controls = TestControl.group(ranks, timeout);
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    for (TestControl control : controls) {
      threads.add(
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                try (SocketCollectives collectives = SocketCollectives.open(control)) {
                  runRank(collectives, program);
                } catch (Throwable e) {
                  failures.add(e);
                } finally {
                  control.close();
                }
              }));
    }
    threads.forEach(SocketRanks::join);
    if (!failures.isEmpty()) {
      Throwable first = failures.getFirst();
      failures.subList(1, failures.size()).forEach(first::addSuppressed);
      if (first instanceof RuntimeException e) {
        throw e;
      }
      throw new AssertionError(first);
    }
  }

  private static void runRank(Collectives collectives, Program program) throws Exception {
    try {
      program.run(collectives);
    } catch (Throwable e) {
      collectives.fail(e);
      throw e;
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
