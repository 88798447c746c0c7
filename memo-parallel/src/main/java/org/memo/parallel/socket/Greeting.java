package org.memo.parallel.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.List;
import org.memo.collective.CallText;

/**
 * How a call begins: every rank of the block tells every other which call it makes, as a number and
 * a digest, and nothing else is sent before. So each knows who has not come; and two that make
 * different calls tell each other which.
 */
final class Greeting {
  private static final int HEADER_BYTES = 2 * Long.BYTES;

  /** More than any call's text takes. */
  private static final int TEXT_BYTES = 512;

  private final SocketGroup group;
  private final Block block;
  private final List<Peer> peers;
  private final PeerLoop loop;
  private final ByteBuffer header = ByteBuffer.allocateDirect(HEADER_BYTES);
  private final List<ByteBuffer> theirs;
  private long calls;

  Greeting(SocketGroup group, Block block, List<Peer> peers, PeerLoop loop) {
    this.group = group;
    this.block = block;
    this.peers = peers;
    this.loop = loop;
    this.theirs = peers.stream().map(peer -> ByteBuffer.allocateDirect(HEADER_BYTES)).toList();
  }

  /** Waits until all have come to this call. */
  void exchange(String call) {
    header.clear().putLong(++calls).putLong(CallText.digest(0, call)).flip();
    for (int i = 0; i < peers.size(); i++) {
      Peer peer = peers.get(i);
      peer.incoming().resetCount();
      peer.incoming().begin(theirs.get(i).clear());
      peer.outgoing().begin(header.duplicate());
    }
    loop.finish(peers, call + " on stream " + block.stream());
    for (int i = 0; i < peers.size(); i++) {
      if (!theirs.get(i).flip().equals(header)) {
        throw differs(peers.get(i), theirs.get(i).getLong(0), call);
      }
    }
  }

  private RuntimeException differs(Peer peer, long theirNumber, String call) {
    ByteBuffer text = ByteBuffer.allocate(TEXT_BYTES);
    peer.incoming().begin(text);
    peer.outgoing().begin(ByteBuffer.wrap(padded(call)));
    loop.finish(List.of(peer), call + " on stream " + block.stream());
    String theirCall = US_ASCII.decode(text.flip()).toString().replaceAll("[^ -~]", "?").strip();
    boolean mineIsHigher = group.rank() > peer.rank();
    String how =
        "calls %s (number %d on stream %s) where rank %d calls %s (number %d)"
            .formatted(
                mineIsHigher ? call : theirCall,
                mineIsHigher ? calls : theirNumber,
                block.stream(),
                Math.min(group.rank(), peer.rank()),
                mineIsHigher ? theirCall : call,
                mineIsHigher ? theirNumber : calls);
    return group.lose(Math.max(group.rank(), peer.rank()), how);
  }

  private static byte[] padded(String call) {
    return (call + " ".repeat(TEXT_BYTES)).substring(0, TEXT_BYTES).getBytes(US_ASCII);
  }
}
