package org.memo.parallel.control;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.memo.parallel.launch.Launch;

/** Ranks that are threads of the test and meet over loopback, as processes would. */
final class Loopback {
  static final String HOST = "127.0.0.1";

  private Loopback() {}

  /** What a rank does between the meeting and its goodbye. */
  @FunctionalInterface
  interface Program<T> {
    T run(ControlGroup group) throws Exception;
  }

  /** How a rank meets the others. */
  @FunctionalInterface
  interface Meeting {
    ControlGroup meet(Launch launch) throws Exception;
  }

  /** What became of a rank: a result, or what it has thrown. */
  record Outcome<T>(T result, Throwable thrown) {
    T require() {
      if (thrown != null) {
        throw new AssertionError("a rank failed", thrown);
      }
      return result;
    }
  }

  static Launch launch(int rank, int ranks, int port) {
    return new Launch("a test", rank, ranks, rank, ranks, HOST, port, "run at " + port);
  }

  static List<Launch> launches(int ranks) {
    int port = freePort();
    return IntStream.range(0, ranks).mapToObj(rank -> launch(rank, ranks, port)).toList();
  }

  static int freePort() {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return Math.min(server.getLocalPort(), 65_000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static <T> List<Outcome<T>> run(int ranks, Duration timeout, Program<T> program) {
    return run(launches(ranks), launch -> meet(launch, timeout), program);
  }

  static ControlGroup meet(Launch launch, Duration timeout) {
    return Rendezvous.meet(launch, Secret.none(), timeout);
  }

  static <T> List<Outcome<T>> run(List<Launch> launches, Meeting meeting, Program<T> program) {
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<T>> futures = new ArrayList<>();
      for (Launch launch : launches) {
        futures.add(
            threads.submit(() -> {
              try (ControlGroup group = meeting.meet(launch)) {
                return program.run(group);
              }
            }));
      }
      return futures.stream().map(Loopback::outcome).toList();
    }
  }

  private static <T> Outcome<T> outcome(Future<T> future) {
    try {
      return new Outcome<>(future.get(), null);
    } catch (ExecutionException e) {
      return new Outcome<>(null, e.getCause());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
