package org.memo.parallel.socket;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.memo.collective.CallText;
import org.memo.parallel.control.ControlGroup;
import org.memo.parallel.control.SharedKey;

/** Rank 1 of 2, which talks to rank 0 on one stream as the test has it. */
final class RogueRank implements AutoCloseable {
  static final String STREAM = "compute";

  private final SocketChannel socket;

  /** Connects as a rank does. */
  RogueRank(ControlGroup control, InetSocketAddress door) throws IOException {
    this.socket = SocketChannel.open(door);
    byte[] challenge = read(SharedKey.BYTES);
    byte[] hello = new ChannelHello(STREAM, 2, 1, 0).encode();
    say(ByteBuffer.allocate(Integer.BYTES).putInt(hello.length).array());
    say(hello);
    say(SharedKey.random());
    say(Proof.ofHello(control.key(), challenge, hello));
    read(SharedKey.BYTES);
  }

  /** Comes to a call and waits for the other to come. */
  void call(String text) throws IOException {
    say(ByteBuffer.allocate(16).putLong(1).putLong(CallText.digest(0, text)).array());
    read(16);
  }

  void say(byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      socket.write(left);
    }
  }

  byte[] read(int sizeBytes) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(sizeBytes);
    while (bytes.hasRemaining()) {
      if (socket.read(bytes) < 0) {
        throw new IOException("rank 0 has closed the connection");
      }
    }
    return bytes.array();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
