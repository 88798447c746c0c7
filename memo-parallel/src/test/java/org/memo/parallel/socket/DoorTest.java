package org.memo.parallel.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.memo.collective.LostRankException;
import org.memo.parallel.TestMemory;
import org.memo.parallel.control.SharedKey;

/** Who is not of the run is dropped, and disturbs nobody. */
@Timeout(60)
class DoorTest {
  private final List<SocketChannel> strangers = new ArrayList<>();
  private SocketRanks ranks;

  @BeforeEach
  void open() {
    ranks = SocketRanks.open(2, Duration.ofSeconds(20));
  }

  @AfterEach
  void close() throws IOException {
    for (SocketChannel stranger : strangers) {
      stranger.close();
    }
    ranks.close();
  }

  @Test
  void ranksFindEachOtherAmongStrangers() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 50; i++) {
      byte[] garbage = new byte[random.nextInt(200)];
      random.nextBytes(garbage);
      say(garbage);
    }
    say(ByteBuffer.allocate(4).putInt(Integer.MAX_VALUE).array());
    say(ByteBuffer.allocate(4).putInt(-1).array());
    ranks.run(collectives -> {
      MemorySegment sum = TestMemory.of(1);
      collectives.channel("compute").allReduce(sum);
      assertEquals(2, TestMemory.floats(sum)[0]);
    });
  }

  @Test
  void whoLacksTheKeyIsDropped() throws IOException {
    requireDropped(new SharedKey(new byte[32]), 0);
  }

  @Test
  void whoMeansAnotherRankIsDropped() throws IOException {
    requireDropped(ranks.control(0).key(), 7);
  }

  @Test
  void whoRepeatsWhatARankHasSaidIsDropped() throws IOException {
    byte[] hello = new ChannelHello("compute", 2, 1, 0).encode();
    byte[] said = message(hello, Proof.ofHello(ranks.control(0).key(), SharedKey.random(), hello));
    SocketChannel stranger = say(said);
    read(stranger, SharedKey.BYTES); // another challenge than the answered one
    assertEquals(-1, stranger.read(ByteBuffer.allocate(1)));
  }

  @Test
  void aDoorWithoutTheKeyIsNotBelieved() throws IOException {
    try (ServerSocketChannel fake = ServerSocketChannel.open()) {
      fake.bind(new InetSocketAddress(ranks.control(1).address(), 0));
      Thread.ofVirtual().start(() -> welcomeWithoutKey(fake));
      SocketGroup group = new SocketGroup(ranks.control(1));
      List<InetSocketAddress> addresses = List.of((InetSocketAddress) fake.getLocalAddress());
      try (PeerLoop loop = new PeerLoop(group);
          Door door = new Door(group)) {
        Connector connector = new Connector(group, door, addresses);
        LostRankException lost =
            assertThrows(
                LostRankException.class, () -> connector.connect(Block.of("compute", 1, 2), loop));
        assertEquals(0, lost.rank());
      }
    }
  }

  private static void welcomeWithoutKey(ServerSocketChannel fake) {
    try (SocketChannel rank = fake.accept()) {
      rank.write(ByteBuffer.allocate(2 * SharedKey.BYTES));
      while (rank.read(ByteBuffer.allocate(1024)) >= 0) {
        // until it leaves
      }
    } catch (IOException e) {
      // it has left
    }
  }

  private void requireDropped(SharedKey key, int to) throws IOException {
    SocketChannel stranger = say(new byte[0]);
    byte[] challenge = read(stranger, SharedKey.BYTES);
    byte[] hello = new ChannelHello("compute", 2, 1, to).encode();
    stranger.write(ByteBuffer.wrap(message(hello, Proof.ofHello(key, challenge, hello))));
    assertEquals(-1, stranger.read(ByteBuffer.allocate(1)));
  }

  private static byte[] message(byte[] hello, byte[] proof) {
    return ByteBuffer.allocate(Integer.BYTES + hello.length + 2 * SharedKey.BYTES)
        .putInt(hello.length)
        .put(hello)
        .put(SharedKey.random())
        .put(proof)
        .array();
  }

  private SocketChannel say(byte[] bytes) throws IOException {
    SocketChannel stranger = SocketChannel.open(ranks.door(0));
    strangers.add(stranger);
    stranger.write(ByteBuffer.wrap(bytes));
    return stranger;
  }

  private static byte[] read(SocketChannel socket, int sizeBytes) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(sizeBytes);
    while (bytes.hasRemaining()) {
      assertEquals(true, socket.read(bytes) >= 0, "dropped too early");
    }
    return bytes.array();
  }
}
