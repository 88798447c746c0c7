package org.memo.parallel.socket;

import java.io.IOException;
import java.util.List;

/** The connections of a channel, and the call that it makes. */
final class Links implements AutoCloseable {
  private final Block block;
  private final PeerLoop loop;
  private final List<Peer> peers;
  private final Greeting greeting;
  private String what = "";

  /** Makes them. */
  Links(SocketGroup group, Connector connector, Block block) throws IOException {
    this.block = block;
    this.loop = new PeerLoop(group);
    try {
      this.peers = connector.connect(block, loop);
    } catch (IOException | RuntimeException e) {
      loop.close();
      throw e;
    }
    this.greeting = new Greeting(group, block, peers, loop);
  }

  /** The other ranks of the block, in order. */
  List<Peer> peers() {
    return peers;
  }

  /** Another rank of the block. */
  Peer peer(int number) {
    return peers.get(number < block.mine() ? number : number - 1);
  }

  /** Begins a call: waits until all ranks have come to it. */
  void meet(String call) {
    what = call + " on stream " + block.stream();
    greeting.exchange(call);
  }

  /** Waits until the peers have sent what they should. */
  void receive() {
    loop.receive(peers, what);
  }

  /** Waits until the peers have sent and taken all. */
  void finish() {
    loop.finish(peers, what);
  }

  @Override
  public void close() throws IOException {
    try (loop) {
      Closing.all(peers);
    }
  }
}
