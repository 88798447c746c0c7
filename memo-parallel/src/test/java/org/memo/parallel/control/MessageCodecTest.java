package org.memo.parallel.control;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.ProtocolException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MessageCodecTest {
  @Test
  void messagesOfTextAndNumbersComeBackAsTheyWere() throws ProtocolException {
    List<Message> messages =
        List.of(
            new Message.Heartbeat("AllGather 12 on stream “compute”"),
            new Message.Heartbeat(""),
            new Message.Suspicion(3, "did not come"),
            new Message.Failure("failed: disk full", "Gemm 1"),
            new Message.Verdict(2, "rank 2 failed"),
            new Message.Goodbye());
    for (Message message : messages) {
      assertEquals(message, roundTrip(message));
    }
  }

  @Test
  void messagesOfBytesComeBackAsTheyWere() throws ProtocolException {
    byte[] bytes = {1, 2, 3};
    assertArrayEquals(bytes, ((Message.Start) roundTrip(new Message.Start(bytes))).key());
    var contribution =
        (Message.Contribution) roundTrip(new Message.Contribution(1L << 40, "plan", bytes));
    assertEquals(1L << 40, contribution.number());
    assertEquals("plan", contribution.what());
    assertArrayEquals(bytes, contribution.bytes());
    List<byte[]> all = List.of(bytes, new byte[] {4}, bytes, new byte[0]);
    var result = (Message.Result) roundTrip(new Message.Result(7, all));
    assertEquals(7, result.number());
    for (int rank = 0; rank < all.size(); rank++) {
      assertArrayEquals(all.get(rank), result.contributions().get(rank));
    }
  }

  @Test
  void whatAThousandRanksBringAlikeTravelsOnce() {
    byte[] configuration = new byte[100_000];
    Message result = new Message.Result(1, Collections.nCopies(1_024, configuration));
    assertTrue(MessageCodec.frame(result).length < configuration.length + 5_000);
  }

  @Test
  void bytesThatAreNoMessageAreRefusedWithoutAllocatingWhatTheyClaim() throws Exception {
    Random random = new Random(11);
    byte[] frame =
        MessageCodec.frame(new Message.Result(1, List.of(new byte[9], new byte[3], new byte[9])));
    byte[] message = Arrays.copyOfRange(frame, Integer.BYTES, frame.length);
    int refused = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] garbled = Arrays.copyOf(message, 1 + random.nextInt(message.length + 4));
      garbled[0] = (byte) random.nextInt(10);
      garbled[random.nextInt(garbled.length)] = (byte) random.nextInt();
      garbled[random.nextInt(garbled.length)] = (byte) random.nextInt();
      try {
        MessageCodec.decode(garbled);
      } catch (ProtocolException e) {
        refused++;
      }
    }
    assertTrue(refused > 15_000, refused + " of 20000 refused");
  }

  private static Message roundTrip(Message message) throws ProtocolException {
    byte[] frame = MessageCodec.frame(message);
    return MessageCodec.decode(Arrays.copyOfRange(frame, Integer.BYTES, frame.length));
  }
}
