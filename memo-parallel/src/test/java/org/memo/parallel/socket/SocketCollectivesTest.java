package org.memo.parallel.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.memo.collective.CollectiveChannel;
import org.memo.collective.CollectiveLog;
import org.memo.collective.Collectives;
import org.memo.collective.LostRankException;
import org.memo.collective.SequenceCheck;
import org.memo.device.DeviceRegion;
import org.memo.op.Broadcast;
import org.memo.parallel.CollectivesContract;
import org.memo.parallel.TestMemory;

@TestInstance(Lifecycle.PER_CLASS)
@Timeout(120)
class SocketCollectivesTest extends CollectivesContract {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final Map<Integer, SocketRanks> groups = new HashMap<>();

  @Override
  protected List<Integer> groupSizes() {
    return List.of(1, 2, 3, 4, 5, 6);
  }

  @Override
  protected int rounds() {
    return 10;
  }

  @Override
  protected void onEveryRank(int ranks, Program program) {
    group(ranks).run(collectives -> program.run(collectives.channel("test"), collectives.rank()));
  }

  private SocketRanks group(int ranks) {
    return groups.computeIfAbsent(ranks, size -> SocketRanks.open(size, TIMEOUT));
  }

  @AfterAll
  void close() {
    groups.values().forEach(SocketRanks::close);
  }

  @Test
  void streamsDoNotMixWhateverTheOrderOfTheirThreads() {
    group(3)
        .run(collectives -> {
          Thread other = Thread.ofPlatform().start(() -> gather(collectives, "b", 3, 200));
          gather(collectives, "a", 3, 200);
          other.join();
          gather(collectives, "b", 3, 1);
        });
  }

  @Test
  void blocksExchangeApartFromEachOther() {
    group(6)
        .run(collectives -> {
          gather(collectives, "blocks", 2, 20);
          gather(collectives, "blocks", 3, 20);
          gather(collectives, "blocks", 6, 20);
        });
  }

  @Test
  void blocksMustDivideTheGroup() {
    group(4)
        .run(collectives -> {
          assertThrows(IllegalArgumentException.class, () -> collectives.channel("x", 3));
          assertThrows(IllegalArgumentException.class, () -> collectives.channel("x", 0));
        });
  }

  @Test
  void anInterruptIsKeptForTheCaller() {
    group(2)
        .run(collectives -> {
          Thread.currentThread().interrupt();
          gather(collectives, "interrupted", 2, 5);
          assertTrue(Thread.interrupted(), "the interrupt is lost");
        });
  }

  @Test
  void smallMessagesAreExchangedBesideTheStreams() {
    group(3)
        .run(collectives -> {
          List<byte[]> all = collectives.exchange("ranks", new byte[] {(byte) collectives.rank()});
          assertEquals(List.of(0, 1, 2), all.stream().map(bytes -> (int) bytes[0]).toList());
          assertEquals(3, collectives.localRanks());
        });
  }

  /** More digests than an exchange takes at once. */
  @Test
  void aStepOfVeryManyCollectivesIsComparedToItsEnd() {
    int many = 70_000;
    group(2)
        .run(collectives -> {
          CollectiveLog log = new CollectiveLog(true);
          for (int i = 1; i <= many; i++) {
            long bytes = collectives.rank() == 1 && i == many ? 16 : 8;
            log.began("compute", new Broadcast(new DeviceRegion(0, bytes), 2));
          }
          LostRankException differs =
              assertThrows(
                  LostRankException.class,
                  () -> SequenceCheck.run(collectives, log, "of a long step"));
          assertEquals(
              "rank 1 does Broadcast of 16 bytes as number 70000 on stream compute"
                  + " where rank 0 does Broadcast of 8 bytes",
              differs.getMessage());
        });
  }

  /** Staging is reused, and memory outside the heap goes to the sockets as it is. */
  @Test
  void callsLeaveNoGarbageThatGrowsWithTheirBytes() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    group(2)
        .run(collectives -> {
          MemorySegment mine = TestMemory.garbage(4 << 20).fill((byte) 0);
          MemorySegment whole = TestMemory.garbage(8 << 20).fill((byte) 0);
          CollectiveChannel channel = collectives.channel("garbage");
          long before = 0;
          for (int call = 0; call < 15; call++) {
            before = call == 10 ? threads.getCurrentThreadAllocatedBytes() : before;
            channel.allReduce(mine);
            channel.allGather(mine, whole);
            channel.reduceScatter(whole, mine, true);
          }
          long allocated = threads.getCurrentThreadAllocatedBytes() - before;
          assertTrue(allocated < 1 << 20, allocated + " bytes");
        });
  }

  private static void gather(Collectives collectives, String stream, int ranks, int times) {
    int first = collectives.rank() / ranks * ranks;
    for (int i = 0; i < times; i++) {
      MemorySegment whole = TestMemory.garbage(4L * ranks);
      MemorySegment mine = TestMemory.of(collectives.rank() + 10 * i + stream.charAt(0));
      collectives.channel(stream, ranks).allGather(mine, whole);
      for (int rank = 0; rank < ranks; rank++) {
        assertEquals(first + rank + 10 * i + stream.charAt(0), TestMemory.floats(whole)[rank]);
      }
    }
  }
}
