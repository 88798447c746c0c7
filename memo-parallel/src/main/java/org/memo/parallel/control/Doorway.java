package org.memo.parallel.control;

import java.io.Closeable;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.memo.parallel.launch.Launch;

/**
 * Where the ranks come to rank 0, until all are there. Whoever else connects costs a virtual thread
 * and a socket for a short time, and only so many at once, more than there are ranks.
 */
final class Doorway implements Closeable {
  private static final int MOST_STRANGERS = 512;
  private static final Duration AFTER_FAILURE = Duration.ofMillis(50);

  private final Launch launch;
  private final Secret secret;
  private final Waits waits;
  private final Hub hub;
  private final ServerSocket server;
  private final ReentrantLock lock = new ReentrantLock();
  private final Deque<Socket> strangers = new ArrayDeque<>();

  /**
   * @param server becomes the doorway's
   */
  Doorway(Launch launch, Secret secret, Waits waits, Hub hub, ServerSocket server) {
    this.launch = launch;
    this.secret = secret;
    this.waits = waits;
    this.hub = hub;
    this.server = server;
  }

  void open() {
    Thread.ofVirtual().name("memo-doorway").start(this::accept);
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        note(socket);
        Thread.ofVirtual().name("memo-stranger").start(() -> introduce(socket));
      } catch (IOException e) {
        pause(); // closed, or out of descriptors for a moment
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(AFTER_FAILURE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A rank says at once who it is: of too many strangers the eldest is none. */
  private void note(Socket socket) throws IOException {
    Socket eldest = null;
    lock.lock();
    try {
      strangers.add(socket);
      if (strangers.size() > launch.ranks() + MOST_STRANGERS) {
        eldest = strangers.poll();
      }
    } finally {
      lock.unlock();
    }
    if (eldest != null) {
      eldest.close();
    }
  }

  private void introduce(Socket socket) {
    boolean takenIn = false;
    try {
      takenIn = takeIn(socket);
    } catch (IOException e) {
      // no rank of this run, or one that will come again
    } finally {
      forget(socket);
      if (!takenIn) {
        close(socket);
      }
    }
  }

  private boolean takeIn(Socket socket) throws IOException {
    TimedSocket stranger = new TimedSocket(socket, waits.introduction());
    Banner banner = Banner.of(launch, secret);
    stranger.write(banner.bytes());
    Hello hello = Hello.read(stranger.read(Hello.BYTES));
    if (!forget(socket)) {
      return false;
    }
    String wrongSecret = wrongSecret(hello, banner);
    String wrongRank = wrongRank(hello);
    if (wrongSecret != null) {
      hub.noteRefusal(wrongSecret);
      stranger.write(Answer.refusal(hello.rank(), wrongSecret).bytes());
    } else if (wrongRank != null) {
      String sentence = Sentences.of(hello.rank(), wrongRank, "");
      stranger.write(Answer.refusal(hello.rank(), sentence).bytes());
      hub.reject(hello.rank(), wrongRank);
    } else {
      return admit(hello, banner, socket);
    }
    return false;
  }

  /** The end of a sentence about the rank. */
  private @Nullable String wrongRank(Hello hello) {
    if (hello.ranks() != launch.ranks()) {
      return "was started as one of %d ranks, rank 0 as one of %d"
          .formatted(hello.ranks(), launch.ranks());
    }
    return hello.rank() > 0 && hello.rank() < launch.ranks()
        ? null
        : "is two processes: give each one a rank of its own";
  }

  private @Nullable String wrongSecret(Hello hello, Banner banner) {
    if (hello.secret() != secret.isPresent()) {
      return "rank %d has %s in %s and rank 0 has %s: give all ranks the same"
          .formatted(
              hello.rank(), hello.secret() ? "a secret" : "no secret", Secret.VARIABLE, secret);
    }
    return hello.isProven(secret, banner)
        ? null
        : "rank %d has another %s than rank 0: give all ranks the same"
            .formatted(hello.rank(), Secret.VARIABLE);
  }

  private boolean admit(Hello hello, Banner banner, Socket socket) throws IOException {
    SocketWire wire =
        new SocketWire(socket, ControlGroup.MAX_EXCHANGED_BYTES + SocketWire.CHUNK_BYTES);
    byte[] welcome = Answer.welcome(hello.hubProof(secret, banner)).bytes();
    String from = socket.getInetAddress().getHostAddress();
    Message.Verdict verdict =
        hub.admit(hello.rank(), from, hello.left(), wire, () -> wire.send(welcome));
    if (verdict != null) {
      Answer refusal = Answer.refusal(verdict.rank(), verdict.sentence());
      socket.getOutputStream().write(refusal.bytes());
      return false;
    }
    wire.start("rank-" + hello.rank(), hub.receiver(hello.rank()));
    return true;
  }

  /** Whether it was a stranger still: from here on it is told something, or is a rank. */
  private boolean forget(Socket socket) {
    lock.lock();
    try {
      return strangers.remove(socket);
    } finally {
      lock.unlock();
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // it was a stranger's
    }
  }

  /** Lets nobody else in; whoever is still a stranger is sent away. */
  @Override
  public void close() throws IOException {
    server.close();
    lock.lock();
    try {
      strangers.forEach(Doorway::close);
    } finally {
      lock.unlock();
    }
  }
}
