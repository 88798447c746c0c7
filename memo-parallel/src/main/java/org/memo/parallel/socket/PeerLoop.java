package org.memo.parallel.socket;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Collection;
import java.util.Comparator;
import java.util.function.Predicate;

/**
 * Moves bytes between this rank and all peers at once, in the calling thread, until what is asked
 * for has been moved, a rank is lost, or nothing was heard of the others for too long.
 */
final class PeerLoop implements AutoCloseable {
  private final SocketGroup group;
  private final Selector selector;
  private boolean moved;

  PeerLoop(SocketGroup group) throws IOException {
    this.group = group;
    this.selector = Selector.open();
    group.wakeWhenLost(selector::wakeup);
  }

  Selector selector() {
    return selector;
  }

  /** Until these peers have sent what they should; what goes to them may still be under way. */
  void receive(Collection<Peer> peers, String what) {
    runWhile(peers, peer -> peer.incoming().isPending(), what);
  }

  /** Until these peers have sent and taken all. */
  void finish(Collection<Peer> peers, String what) {
    runWhile(peers, Peer::isPending, what);
  }

  private void runWhile(Collection<Peer> peers, Predicate<Peer> pending, String what) {
    boolean interrupted = false;
    try {
      moveAll(peers, pending);
      long heard = System.nanoTime();
      while (anyOf(peers, pending)) {
        interrupted |= Thread.interrupted(); // kept for the caller; a selector would not wait
        requireConnected(peers, what);
        group.requireWhole();
        long quietNanos = System.nanoTime() - heard;
        if (quietNanos >= group.patienceNanos()) {
          throw missed(peers, pending, what);
        }
        moved = false;
        select(group.patienceNanos() - quietNanos);
        moveAll(peers, pending);
        heard = moved ? System.nanoTime() : heard;
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Moves a piece with each in turn, as long as any moves. */
  private void moveAll(Collection<Peer> peers, Predicate<Peer> pending) {
    boolean more = true;
    while (more && anyOf(peers, pending)) {
      more = false;
      for (Peer peer : peers) {
        more |= peer.move();
      }
      moved |= more;
    }
  }

  private static boolean anyOf(Collection<Peer> peers, Predicate<Peer> pending) {
    for (Peer peer : peers) {
      if (pending.test(peer)) {
        return true;
      }
    }
    return false;
  }

  private void select(long nanos) {
    try {
      selector.select(this::move, Math.max(1, nanos / 1_000_000));
    } catch (IOException e) {
      throw new UncheckedIOException("waiting for other ranks failed", e);
    }
  }

  private void move(SelectionKey key) {
    moved |= ((Peer) key.attachment()).move();
  }

  private void requireConnected(Collection<Peer> peers, String what) {
    for (Peer peer : peers) {
      IOException failure = peer.failure();
      if (failure != null) {
        String how = "closed its connection in %s (%s)".formatted(what, failure.getMessage());
        throw group.lose(peer.rank(), how);
      }
    }
  }

  /** Names the rank that has sent least: the one that is missed, not one that waits for it too. */
  private RuntimeException missed(Collection<Peer> peers, Predicate<Peer> pending, String what) {
    Peer least =
        peers.stream()
            .filter(pending)
            .min(Comparator.comparingLong(peer -> peer.incoming().movedBytes()))
            .orElseThrow();
    double seconds = group.patienceNanos() * 1e-9;
    String how =
        least.incoming().movedBytes() == 0
            ? "did not come within %.1f s to %s".formatted(seconds, what)
            : "stopped in %s: nothing moved for %.1f s".formatted(what, seconds);
    return group.lose(least.rank(), how);
  }

  @Override
  public void close() throws IOException {
    selector.close();
  }
}
