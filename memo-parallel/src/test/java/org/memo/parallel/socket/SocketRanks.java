package org.memo.parallel.socket;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.memo.collective.Collectives;
import org.memo.parallel.control.ControlGroup;
import org.memo.parallel.control.Rendezvous;
import org.memo.parallel.control.Secret;
import org.memo.parallel.launch.Launch;

/** Ranks that meet and talk over loopback as processes do, and are threads of the test. */
final class SocketRanks implements AutoCloseable {
  private static final String HOST = "127.0.0.1";

  private final List<ControlGroup> controls;
  private final List<SocketCollectives> collectives;

  /** What a rank does. */
  @FunctionalInterface
  interface Program {
    void run(Collectives collectives) throws Exception;
  }

  private SocketRanks(List<ControlGroup> controls, List<SocketCollectives> collectives) {
    this.controls = controls;
    this.collectives = collectives;
  }

  static SocketRanks open(int ranks, Duration timeout) {
    List<ControlGroup> controls = meet(ranks, timeout);
    return new SocketRanks(
        controls, together(ranks, rank -> SocketCollectives.open(controls.get(rank))));
  }

  static List<ControlGroup> meet(int ranks, Duration timeout) {
    int port = freePort();
    return together(
        ranks,
        rank ->
            Rendezvous.meet(
                new Launch("a test", rank, ranks, rank, ranks, HOST, port, "run " + port),
                Secret.none(),
                timeout));
  }

  ControlGroup control(int rank) {
    return controls.get(rank);
  }

  InetSocketAddress door(int rank) throws IOException {
    return collectives.get(rank).door();
  }

  /** Runs it on every rank, a thread for each, and throws what one of them has thrown. */
  void run(Program program) {
    for (Throwable thrown : outcomes(program)) {
      if (thrown instanceof RuntimeException e) {
        throw e;
      } else if (thrown != null) {
        throw new AssertionError(thrown);
      }
    }
  }

  /** What each rank has thrown, or null. */
  List<Throwable> outcomes(Program program) {
    return together(collectives.size(), rank -> new Throwable[] {thrown(program, rank)}).stream()
        .map(thrown -> thrown[0])
        .toList();
  }

  private Throwable thrown(Program program, int rank) {
    try {
      program.run(collectives.get(rank));
      return null;
    } catch (Throwable e) {
      collectives.get(rank).fail(e);
      return e;
    }
  }

  @Override
  public void close() {
    together(
        controls.size(),
        rank -> {
          collectives.get(rank).close();
          controls.get(rank).close();
          return rank;
        });
  }

  /** Makes each rank's in a thread of its own, as it needs the others'. */
  private static <T> List<T> together(int ranks, IntFunction<T> ofRank) {
    try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      List<CompletableFuture<T>> futures =
          IntStream.range(0, ranks)
              .mapToObj(rank ->
                  CompletableFuture.supplyAsync(
                      () -> Objects.requireNonNull(ofRank.apply(rank)), threads))
              .toList();
      return futures.stream().map(CompletableFuture::join).toList();
    }
  }

  private static int freePort() {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
      return Math.min(server.getLocalPort(), 65_000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
