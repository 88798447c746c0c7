package org.memo.parallel.control;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;
import org.memo.collective.LostRankException;
import org.memo.parallel.launch.Launch;

/** How another rank comes to rank 0: it tries its ports in turn until one speaks for its run. */
final class Approach {
  private static final Duration BETWEEN_ROUNDS = Duration.ofMillis(100);

  private final Launch launch;
  private final Secret secret;
  private final Waits waits;
  private final long deadlineNanos;
  private String newest = "nobody listens";

  Approach(Launch launch, Secret secret, Waits waits) {
    this.launch = launch;
    this.secret = secret;
    this.waits = waits;
    this.deadlineNanos = System.nanoTime() + waits.timeout().toNanos();
  }

  /** What is left of the timeout. */
  Duration remaining() {
    return Duration.ofNanos(Math.max(0, deadlineNanos - System.nanoTime()));
  }

  /**
   * A connection on which rank 0 has welcomed this rank.
   *
   * @throws UserInputException when rank 0 sends this rank away, or does not know the secret
   * @throws LostRankException when rank 0 is not found within the timeout, or has lost another rank
   */
  Socket toRankZero() {
    while (remaining().isPositive()) {
      Socket socket = tryAll();
      if (socket != null) {
        return socket;
      }
      pause();
    }
    throw Sentences.lost(
        0,
        "was not found by rank %d at %s within the timeout of %s (%s)"
            .formatted(launch.rank(), launch.place(), waits.inSeconds(), newest),
        "");
  }

  private @Nullable Socket tryAll() {
    try {
      for (InetAddress address : Names.addresses(launch.host(), remaining())) {
        for (int port : launch.ports()) {
          Socket socket = remaining().isPositive() ? tryOne(address, port) : null;
          if (socket != null) {
            return socket;
          }
        }
      }
    } catch (IOException e) {
      newest = "no machine is known as " + launch.host();
    }
    return null;
  }

  private @Nullable Socket tryOne(InetAddress address, int port) {
    Socket socket = new Socket();
    boolean welcome = false;
    try {
      socket.connect(new InetSocketAddress(address, port), millis(waits.banner()));
      welcome = introduce(socket, port);
      return welcome ? socket : null;
    } catch (IOException e) {
      if (!(e instanceof java.net.ConnectException)) {
        newest =
            "at port %d nobody speaks: %s"
                .formatted(port, Objects.requireNonNullElse(e.getMessage(), "closed at once"));
      }
      return null;
    } finally {
      if (!welcome) {
        close(socket);
      }
    }
  }

  private int millis(Duration longest) {
    return (int) Math.max(1, Math.min(longest.toMillis(), remaining().toMillis()));
  }

  /** Whether it is rank 0's and has welcomed this rank. */
  private boolean introduce(Socket socket, int port) throws IOException {
    if (isOwnEcho(socket)) {
      return false;
    }
    Banner banner =
        Banner.read(
            new TimedSocket(socket, Duration.ofMillis(millis(waits.banner()))).read(Banner.BYTES));
    if (banner == null || !Arrays.equals(banner.run(), Banner.run(launch))) {
      newest =
          "at port %d is %s".formatted(port, banner == null ? "a foreign server" : "another run");
      return false;
    }
    if (banner.version() != Banner.VERSION) {
      throw new UserInputException(
          "rank %d speaks version %d of the protocol, rank 0 version %d: run one version of memo"
              .formatted(launch.rank(), Banner.VERSION, banner.version()));
    }
    Hello hello = Hello.of(launch, remaining(), secret, banner);
    TimedSocket rankZero = new TimedSocket(socket, remaining());
    rankZero.write(hello.bytes());
    requireWelcome(Answer.read(rankZero), hello, banner);
    return true;
  }

  private void requireWelcome(Answer answer, Hello hello, Banner banner) {
    if (!answer.refusal().isEmpty()) {
      throw answer.lost() == launch.rank()
          ? new UserInputException(answer.refusal())
          : new LostRankException(answer.lost(), answer.refusal(), null);
    }
    if (!SharedKey.equal(hello.hubProof(secret, banner), answer.proof())) {
      throw new UserInputException(
          "what listens at %s does not know the %s of rank %d: it is not rank 0 of this run"
              .formatted(launch.place(), Secret.VARIABLE, launch.rank()));
    }
  }

  /** A port that nobody listens at may connect to itself, where it is one that systems hand out. */
  private static boolean isOwnEcho(Socket socket) {
    return socket.getLocalSocketAddress().equals(socket.getRemoteSocketAddress());
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // nothing was agreed on it
    }
  }

  private void pause() {
    try {
      Thread.sleep(BETWEEN_ROUNDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Sentences.lost(launch.rank(), "was interrupted before it came to rank 0", "");
    }
  }
}
