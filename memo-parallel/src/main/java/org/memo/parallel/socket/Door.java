package org.memo.parallel.socket;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.memo.parallel.control.SharedKey;

/**
 * Where other ranks connect to this one: a socket bound to this rank's address only. Who cannot
 * prove to be of the run, or says nothing for long, is dropped without a word; the others wait here
 * until their channel takes them.
 */
final class Door implements AutoCloseable {
  /** Connections that may be proving themselves at once; further ones wait in the kernel. */
  private static final int MOST_PENDING = 1024;

  private static final int BACKLOG = 1024;

  private final SocketGroup group;
  private final ServerSocketChannel server;
  private final Semaphore pending = new Semaphore(MOST_PENDING);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<ChannelHello, SocketChannel> arrived = new HashMap<>();
  private boolean closed;

  /** Opens it. */
  Door(SocketGroup group) throws IOException {
    this.group = group;
    this.server = ServerSocketChannel.open();
    try {
      server.bind(new InetSocketAddress(group.control().address(), 0), BACKLOG);
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
    group.wakeWhenLost(this::wake);
    Thread.ofPlatform().daemon().name("memo-door").start(this::acceptAll);
  }

  InetSocketAddress address() throws IOException {
    return (InetSocketAddress) server.getLocalAddress();
  }

  /** Waits for the connection that says so of itself. */
  SocketChannel await(ChannelHello hello, String what) {
    long remainingNanos = group.patienceNanos();
    boolean interrupted = false;
    lock.lock();
    try {
      while (!arrived.containsKey(hello)) {
        group.requireWhole();
        if (remainingNanos <= 0) {
          throw group.lose(
              hello.from(),
              "did not come within %.1f s to %s".formatted(group.patienceNanos() * 1e-9, what));
        }
        try {
          remainingNanos = changed.awaitNanos(remainingNanos);
        } catch (InterruptedException e) {
          interrupted = true; // kept for the caller
        }
      }
      return arrived.remove(hello);
    } finally {
      lock.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closed = true;
      arrived.values().forEach(Door::drop);
      arrived.clear();
    } finally {
      lock.unlock();
      server.close();
    }
  }

  private void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void acceptAll() {
    while (server.isOpen()) {
      try {
        pending.acquireUninterruptibly();
        SocketChannel socket = server.accept();
        Thread.ofVirtual().start(() -> receive(socket));
      } catch (IOException e) {
        pending.release();
        pause(); // out of file handles, say: there will be some again
      }
    }
  }

  private void receive(SocketChannel socket) {
    Thread limit = Thread.ofVirtual().start(() -> dropLater(socket));
    try {
      Optional<ChannelHello> hello = prove(socket);
      if (hello.isEmpty() || !put(hello.get(), socket)) {
        drop(socket);
      }
    } catch (IOException e) {
      drop(socket);
    } finally {
      limit.interrupt();
      pending.release();
    }
  }

  private boolean put(ChannelHello hello, SocketChannel socket) {
    lock.lock();
    try {
      changed.signalAll();
      return !closed && arrived.putIfAbsent(hello, socket) == null;
    } finally {
      lock.unlock();
    }
  }

  /** What a rank of this run says; empty where it is none, or means another rank. */
  private Optional<ChannelHello> prove(SocketChannel socket) throws IOException {
    SharedKey key = group.control().key();
    byte[] challenge = SharedKey.random();
    write(socket, challenge);
    int sizeBytes = ByteBuffer.wrap(read(socket, Integer.BYTES)).getInt();
    if (sizeBytes < 0 || sizeBytes > ChannelHello.MOST_BYTES) {
      return Optional.empty();
    }
    byte[] said = read(socket, sizeBytes);
    byte[] theirChallenge = read(socket, SharedKey.BYTES);
    byte[] expected = Proof.ofHello(key, challenge, said);
    if (!SharedKey.equal(expected, read(socket, SharedKey.BYTES))) {
      return Optional.empty();
    }
    ChannelHello hello = ChannelHello.decode(ByteBuffer.wrap(said));
    if (hello.to() != group.rank()) {
      return Optional.empty();
    }
    write(socket, Proof.ofWelcome(key, theirChallenge));
    return Optional.of(hello);
  }

  private static byte[] read(SocketChannel socket, int sizeBytes) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(sizeBytes);
    while (bytes.hasRemaining()) {
      if (socket.read(bytes) < 0) {
        throw new IOException("it said too little");
      }
    }
    return bytes.array();
  }

  private static void write(SocketChannel socket, byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      socket.write(left);
    }
  }

  private void dropLater(SocketChannel socket) {
    try {
      Thread.sleep(Duration.ofNanos(group.patienceNanos()));
      drop(socket);
    } catch (InterruptedException e) {
      // proved in time, or dropped
    }
  }

  private static void drop(SocketChannel socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // it is gone either way
    }
  }

  private static void pause() {
    try {
      Thread.sleep(Duration.ofMillis(100));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
