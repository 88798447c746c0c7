package org.memo.planner.allocation.caching;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What holds after any requests. */
class CachingAllocatorPropertyTest {

  private static final long MIB = 1L << 20;

  @Test
  void noTwoBlocksInUseShareBytesAndWhatIsReservedIsEnough() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      long limitBytes = (20 + random.nextInt(500)) * MIB;
      CachingAllocator allocator =
          new CachingAllocator(new Settings(limitBytes, random.nextBoolean()));
      List<Block> used = new ArrayList<>();
      for (int request = 0; request < 200; request++) {
        if (!used.isEmpty() && random.nextInt(5) < 2) {
          allocator.free(used.remove(random.nextInt(used.size())));
        } else {
          long bytes = 1 + random.nextLong(MIB << random.nextInt(8));
          Block block = allocator.malloc(bytes);
          if (block != null) {
            assertTrue(block.sizeBytes >= bytes);
            used.add(block);
          }
        }
        requireSound(allocator, used, limitBytes);
      }
      used.forEach(allocator::free);
      assertEquals(0, allocator.allocatedBytes());
      assertNull(allocator.malloc(limitBytes + 1));
      assertEquals(0, allocator.reservedBytes(), "all blocks are joined, so all can be given back");
      assertEquals(0, allocator.usage(true).segments());
    }
  }

  private static void requireSound(CachingAllocator allocator, List<Block> used, long limitBytes) {
    assertEquals(
        used.stream().mapToLong(block -> block.sizeBytes).sum(), allocator.allocatedBytes());
    assertTrue(allocator.reservedBytes() >= allocator.allocatedBytes());
    assertTrue(allocator.reservedBytes() <= limitBytes);
    Usage usage = allocator.usage(true);
    assertTrue(usage.peakReservedBytes() >= usage.peakAllocatedBytes());
    requireDisjoint(used.stream().filter(block -> block.sizeBytes <= MIB).toList());
    requireDisjoint(used.stream().filter(block -> block.sizeBytes > MIB).toList());
  }

  private static void requireDisjoint(List<Block> ofOnePool) {
    long end = Long.MIN_VALUE;
    for (Block block : ofOnePool.stream().sorted(Comparator.comparing(b -> b.address)).toList()) {
      assertTrue(block.address >= end);
      end = block.end();
    }
  }
}
