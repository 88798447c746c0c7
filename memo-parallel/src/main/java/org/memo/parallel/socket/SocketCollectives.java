package org.memo.parallel.socket;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.memo.collective.CollectiveChannel;
import org.memo.collective.CollectiveLog;
import org.memo.collective.Collectives;
import org.memo.collective.GpuCollectives;
import org.memo.collective.SingleRank;
import org.memo.parallel.control.ControlGroup;
import org.memo.parallel.nccl.ControlledByGroup;
import org.memo.parallel.nccl.NcclCollectives;

/**
 * A rank whose group's ranks are processes, here or on other machines, that send each other what
 * they exchange over TCP. Nobody outside the run is heard, but what is sent can be read on the way.
 */
public final class SocketCollectives implements Collectives, AutoCloseable {
  private final ControlGroup control;
  private final SocketGroup group;
  private final Door door;
  private final Connector connector;
  private final CollectiveLog log = CollectiveLog.fromEnvironment();
  private final Map<Block, PeerChannel> channels = new ConcurrentHashMap<>();

  private SocketCollectives(ControlGroup control, SocketGroup group, Door door) throws IOException {
    this.control = control;
    this.group = group;
    this.door = door;
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (byte[] address : control.exchange("addresses of sockets", encode(door.address()))) {
      addresses.add(decode(address));
    }
    this.connector = new Connector(group, door, addresses);
    control.reportProgress(log::last);
  }

  /**
   * A rank's end. All ranks of the group call it.
   *
   * @param control stays open, and is open as long as this is
   * @throws UncheckedIOException when nothing can listen at this rank's address
   * @throws org.memo.collective.LostRankException when a rank was lost
   */
  public static SocketCollectives open(ControlGroup control) {
    SocketGroup group = new SocketGroup(control);
    try {
      Door door = new Door(group);
      try {
        return new SocketCollectives(control, group, door);
      } catch (IOException | RuntimeException e) {
        door.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "rank %d cannot listen at %s: %s"
              .formatted(control.rank(), control.address(), e.getMessage()),
          e);
    }
  }

  @Override
  public int rank() {
    return control.rank();
  }

  @Override
  public int ranks() {
    return control.ranks();
  }

  @Override
  public int localRank() {
    return control.localRank();
  }

  @Override
  public int localRanks() {
    return control.localRanks();
  }

  @Override
  public CollectiveLog log() {
    return log;
  }

  @Override
  public CollectiveChannel channel(String name, int ranks) {
    if (ranks < 1 || ranks() % ranks != 0) {
      throw new IllegalArgumentException(
          "ranks=%d does not divide the group of %d".formatted(ranks, ranks()));
    }
    if (ranks == 1) {
      return new SingleRank();
    }
    return channels.computeIfAbsent(
        Block.of(name, rank(), ranks), block -> new PeerChannel(group, connector, block));
  }

  @Override
  public GpuCollectives gpus() {
    return new NcclCollectives(new ControlledByGroup(control));
  }

  @Override
  public List<byte[]> exchange(String what, byte[] mine) {
    return control.exchange(what, mine);
  }

  @Override
  public void fail(Throwable cause) {
    control.fail(cause);
  }

  /** Where other ranks connect to this one. */
  InetSocketAddress door() throws IOException {
    return door.address();
  }

  /** Closes the connections: no thread may be in a call any more. */
  @Override
  public void close() {
    try (door) {
      Closing.all(channels.values());
    } catch (IOException e) {
      throw new UncheckedIOException("closing the connections with other ranks failed", e);
    }
  }

  private static byte[] encode(InetSocketAddress address) {
    byte[] host = address.getAddress().getAddress();
    return ByteBuffer.allocate(Integer.BYTES + host.length)
        .putInt(address.getPort())
        .put(host)
        .array();
  }

  private static InetSocketAddress decode(byte[] encoded) throws UnknownHostException {
    ByteBuffer bytes = ByteBuffer.wrap(encoded);
    int port = bytes.getInt();
    byte[] host = new byte[bytes.remaining()];
    bytes.get(host);
    return new InetSocketAddress(InetAddress.getByAddress(host), port);
  }
}
