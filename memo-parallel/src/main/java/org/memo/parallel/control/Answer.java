package org.memo.parallel.control;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Rank 0's answer to a hello.
 *
 * @param proof that rank 0 knows the secret; zeros with a refusal
 * @param lost the rank for which the rank is sent away, its own where it is at fault
 * @param refusal why the rank is sent away; empty when it is welcome
 */
record Answer(byte[] proof, int lost, String refusal) {
  private static final int MOST_BYTES = 2_000;

  static Answer welcome(byte[] proof) {
    return new Answer(proof, 0, "");
  }

  static Answer refusal(int lost, String sentence) {
    return new Answer(new byte[SharedKey.BYTES], lost, sentence);
  }

  byte[] bytes() {
    byte[] text = refusal.getBytes(StandardCharsets.UTF_8);
    byte[] bounded = text.length <= MOST_BYTES ? text : Arrays.copyOf(text, MOST_BYTES);
    return ByteBuffer.allocate(SharedKey.BYTES + 2 * Integer.BYTES + bounded.length)
        .put(proof)
        .putInt(lost)
        .putInt(bounded.length)
        .put(bounded)
        .array();
  }

  /** Reads one; control characters, which rank 0 does not send, become blanks. */
  static Answer read(TimedSocket socket) throws IOException {
    byte[] proof = socket.read(SharedKey.BYTES);
    int lost = ByteBuffer.wrap(socket.read(Integer.BYTES)).getInt();
    int length = ByteBuffer.wrap(socket.read(Integer.BYTES)).getInt();
    if (length < 0 || length > MOST_BYTES) {
      throw new ProtocolException("an answer of %d bytes".formatted(length));
    }
    String text = new String(socket.read(length), StandardCharsets.UTF_8);
    return new Answer(proof, lost, text.replaceAll("\\p{Cntrl}", " "));
  }
}
