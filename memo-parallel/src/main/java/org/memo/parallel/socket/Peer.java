package org.memo.parallel.socket;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A connection with another rank, without waiting. */
final class Peer implements Closeable {
  private final int rank;
  private final int number;
  private final SocketChannel socket;
  private final SelectionKey key;
  private final Flow incoming;
  private final Flow outgoing;
  private @Nullable IOException failure;

  /**
   * @param rank of the group
   * @param number of the rank in its channel's block
   * @param socket connected, or about to be
   */
  Peer(int rank, int number, SocketChannel socket, Selector selector) throws IOException {
    this.rank = rank;
    this.number = number;
    this.socket = socket;
    socket.configureBlocking(false);
    this.key = socket.register(selector, 0, this);
    this.incoming = new Flow(socket::read);
    this.outgoing = new Flow(socket::write);
  }

  int rank() {
    return rank;
  }

  int number() {
    return number;
  }

  Flow incoming() {
    return incoming;
  }

  Flow outgoing() {
    return outgoing;
  }

  boolean isPending() {
    return incoming.isPending() || outgoing.isPending();
  }

  /** What broke the connection, if it is broken. */
  @Nullable IOException failure() {
    return failure;
  }

  /** Moves what can be moved at once, and asks the selector for the rest; whether any moved. */
  boolean move() {
    try {
      boolean moved = socket.finishConnect() && outgoing.move() | incoming.move();
      key.interestOps(interest());
      return moved;
    } catch (IOException e) {
      failure = e;
      key.interestOps(0);
      return false;
    }
  }

  private int interest() {
    if (!socket.isConnected()) {
      return SelectionKey.OP_CONNECT;
    }
    int reading = incoming.isPending() ? SelectionKey.OP_READ : 0;
    return outgoing.isPending() ? reading | SelectionKey.OP_WRITE : reading;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
