package org.memo.parallel.socket;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What a rank says of a connection that it makes.
 *
 * @param stream whose channel it is for
 * @param ranks of the channel's block
 * @param from the rank that connects
 * @param to the rank that it means to reach
 */
record ChannelHello(String stream, int ranks, int from, int to) {
  /** More than any stream's name takes. */
  static final int MOST_BYTES = 1024;

  byte[] encode() {
    byte[] name = stream.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(3 * Integer.BYTES + name.length)
        .putInt(ranks)
        .putInt(from)
        .putInt(to)
        .put(name)
        .array();
  }

  /** Of what a rank of this run has encoded. */
  static ChannelHello decode(ByteBuffer bytes) {
    int ranks = bytes.getInt();
    int from = bytes.getInt();
    int to = bytes.getInt();
    return new ChannelHello(StandardCharsets.UTF_8.decode(bytes).toString(), ranks, from, to);
  }
}
