package org.memo.parallel.socket;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.memo.parallel.control.SharedKey;

/**
 * Makes the connections of a channel: of two ranks the higher connects to the lower's {@link Door}.
 * Buffer sizes are left to the kernel, which lets them grow with the connection beyond what a
 * process may ask for.
 */
final class Connector {
  private final SocketGroup group;
  private final Door door;
  private final List<InetSocketAddress> addresses;

  /**
   * @param addresses of the ranks' doors
   */
  Connector(SocketGroup group, Door door, List<InetSocketAddress> addresses) {
    this.group = group;
    this.door = door;
    this.addresses = addresses;
  }

  /** Connects with the other ranks of the block, in their order. They are closed if one fails. */
  List<Peer> connect(Block block, PeerLoop loop) throws IOException {
    String what = "connect stream %s".formatted(block.stream());
    List<Peer> peers = new ArrayList<>();
    try {
      for (int number = 0; number < block.mine(); number++) {
        SocketChannel socket = SocketChannel.open();
        peers.add(peer(block, number, socket, loop));
        connect(socket, block.rank(number), what);
      }
      prove(block, peers, loop, what);
      for (int number = block.mine() + 1; number < block.ranks(); number++) {
        ChannelHello hello = hello(block, block.rank(number), group.rank());
        peers.add(peer(block, number, door.await(hello, what), loop));
      }
      return peers;
    } catch (IOException | RuntimeException e) {
      Closing.all(peers);
      throw e;
    }
  }

  private void connect(SocketChannel socket, int rank, String what) {
    try {
      socket.connect(addresses.get(rank));
    } catch (IOException e) {
      throw group.lose(rank, "cannot be reached to %s (%s)".formatted(what, e.getMessage()));
    }
  }

  private static ChannelHello hello(Block block, int from, int to) {
    return new ChannelHello(block.stream(), block.ranks(), from, to);
  }

  private static Peer peer(Block block, int number, SocketChannel socket, PeerLoop loop)
      throws IOException {
    socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
    return new Peer(block.rank(number), number, socket, loop.selector());
  }

  /** Proves to the doors of lower ranks that this one is of the run, and they to it. */
  private void prove(Block block, List<Peer> peers, PeerLoop loop, String what) {
    SharedKey key = group.control().key();
    List<ByteBuffer> answers = receive(peers, loop, what);
    byte[] challenge = SharedKey.random();
    for (int i = 0; i < peers.size(); i++) {
      byte[] said = hello(block, group.rank(), peers.get(i).rank()).encode();
      byte[] proof = Proof.ofHello(key, answers.get(i).array(), said);
      ByteBuffer message =
          ByteBuffer.allocate(Integer.BYTES + said.length + 2 * SharedKey.BYTES)
              .putInt(said.length)
              .put(said)
              .put(challenge)
              .put(proof);
      peers.get(i).outgoing().begin(message.flip());
    }
    byte[] welcome = Proof.ofWelcome(key, challenge);
    answers = receive(peers, loop, what);
    for (int i = 0; i < peers.size(); i++) {
      if (!SharedKey.equal(welcome, answers.get(i).array())) {
        throw group.lose(peers.get(i).rank(), "did not prove to be of this run to " + what);
      }
    }
  }

  private static List<ByteBuffer> receive(List<Peer> peers, PeerLoop loop, String what) {
    List<ByteBuffer> answers = new ArrayList<>();
    for (Peer peer : peers) {
      ByteBuffer answer = ByteBuffer.allocate(SharedKey.BYTES);
      peer.incoming().begin(answer);
      answers.add(answer);
    }
    loop.finish(peers, what);
    return answers;
  }
}
