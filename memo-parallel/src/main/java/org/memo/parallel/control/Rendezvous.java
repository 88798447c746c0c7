package org.memo.parallel.control;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import org.memo.parallel.launch.Launch;

/**
 * Where the ranks of a run over several processes meet: rank 0 listens at one address, the others
 * come to it, in any order of starting. All connections but these end unanswered.
 */
public final class Rendezvous {
  private final Launch launch;
  private final Secret secret;
  private final Waits waits;

  private Rendezvous(Launch launch, Secret secret, Duration timeout) {
    this.launch = launch;
    this.secret = secret;
    this.waits = new Waits(timeout);
  }

  /**
   * Waits until all ranks are here.
   *
   * @param timeout of the meeting and of everything that its group waits for later
   * @throws org.memo.UserInputException when this process cannot be a rank of this run: another
   *     secret, a rank that is taken, an address of another machine
   * @throws org.memo.collective.LostRankException when a rank does not come within the timeout or
   *     is lost meanwhile
   */
  public static ControlGroup meet(Launch launch, Secret secret, Duration timeout) {
    Rendezvous rendezvous = new Rendezvous(launch, secret, timeout);
    return launch.rank() == 0 ? rendezvous.asRankZero() : rendezvous.asOther();
  }

  private ControlGroup asRankZero() {
    if (launch.ranks() == 1) {
      return started(rankZero(InetAddress.getLoopbackAddress(), new Hub(launch, waits)));
    }
    Hub hub = new Hub(launch, waits);
    try (ServerSocket server = Listening.at(launch, waits);
        Doorway doorway = new Doorway(launch, secret, waits, hub, server)) {
      Member member = rankZero(server.getInetAddress(), hub);
      doorway.open();
      return started(member);
    } catch (IOException e) {
      throw new UncheckedIOException("closing the port of rank 0", e);
    }
  }

  private Member rankZero(InetAddress address, Hub hub) {
    Member member = new Member(launch, waits, address, new LocalWire(hub.receiver(0)), hub::close);
    Message.Verdict refusal =
        hub.admit(0, address.getHostAddress(), waits.timeout(), new LocalWire(member), () -> {});
    if (refusal != null) {
      throw new IllegalStateException(refusal.sentence());
    }
    Ticker.start(
        waits.tick(),
        elapsedNanos -> {
          member.tick(elapsedNanos);
          hub.tick(elapsedNanos);
          return !member.isClosed();
        });
    return member;
  }

  private ControlGroup asOther() {
    Approach approach = new Approach(launch, secret, waits);
    Socket socket = approach.toRankZero();
    long mostBytes = launch.ranks() * (ControlGroup.MAX_EXCHANGED_BYTES + 8L) + 64;
    SocketWire wire = new SocketWire(socket, mostBytes);
    Member member = new Member(launch, waits, socket.getLocalAddress(), wire, () -> {});
    wire.start("rank-0", member);
    Ticker.start(
        waits.tick(),
        elapsedNanos -> {
          member.tick(elapsedNanos);
          return !member.isClosed();
        });
    return started(member, approach.remaining());
  }

  private ControlGroup started(Member member) {
    return started(member, waits.timeout());
  }

  private static ControlGroup started(Member member, Duration longest) {
    try {
      member.awaitStart(longest);
      return member;
    } catch (RuntimeException e) {
      member.close();
      throw e;
    }
  }
}
