package org.memo.planner.allocation.caching;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stories whose figures were worked out by hand from the rules of PyTorch's allocator. */
class CachingAllocatorTest {

  private static final long KIB = 1L << 10;
  private static final long MIB = 1L << 20;

  private final CachingAllocator fixed = allocator(Long.MAX_VALUE, false);
  private final CachingAllocator expandable = allocator(Long.MAX_VALUE, true);

  @ParameterizedTest
  @CsvSource({
    // asked for, handed out, reserved; then with expandable segments: handed out, reserved
    "1,        512,      2097152,  512,      2097152",
    "513,      1024,     2097152,  1024,     2097152",
    "1048576,  1048576,  2097152,  1048576,  2097152",
    "1048577,  1049088,  20971520, 1049088,  20971520",
    "10485759, 10485760, 10485760, 10485760, 20971520",
    "10485760, 10485760, 10485760, 10485760, 20971520",
    "11534337, 12582912, 12582912, 11534848, 20971520",
    "20971521, 20972032, 23068672, 20972032, 41943040",
    "25165825, 25166336, 27262976, 25166336, 41943040"
  })
  void aFirstRequestIsRoundedAsPyTorchDoes(
      long asked, long used, long reserved, long expandableUsed, long expandableReserved) {
    assertEquals(used, malloc(fixed, asked).sizeBytes);
    assertEquals(reserved, fixed.reservedBytes());
    assertEquals(expandableUsed, malloc(expandable, asked).sizeBytes);
    assertEquals(expandableReserved, expandable.reservedBytes());
  }

  @Test
  void aSegmentIsSplitUntilTheRestIsTooSmall() {
    malloc(fixed, 12 * MIB); // its own segment
    malloc(fixed, 2 * MIB); // 18 MiB of 20 left
    malloc(fixed, 9 * MIB); // 9 left
    assertEquals(8 * MIB - 512, malloc(fixed, 8 * MIB - 512).sizeBytes);
    assertEquals(32 * MIB, fixed.reservedBytes());
    assertEquals(31 * MIB - 512, fixed.allocatedBytes());
    assertEquals(2, fixed.usage(true).segments());
  }

  @Test
  void aRestOfOneMebibyteStaysWithTheRequest() {
    malloc(fixed, 2 * MIB);
    malloc(fixed, 9 * MIB);
    assertEquals(9 * MIB, malloc(fixed, 8 * MIB).sizeBytes);
    assertEquals(20 * MIB, fixed.allocatedBytes());
  }

  @Test
  void theSmallestBlockThatIsBigEnoughIsUsedAndOfEqualsTheLowest() {
    Block thirty = malloc(fixed, 30 * MIB);
    Block twelve = malloc(fixed, 12 * MIB);
    Block another = malloc(fixed, 12 * MIB);
    fixed.free(another);
    fixed.free(thirty);
    fixed.free(twelve);
    assertSame(twelve, malloc(fixed, 11 * MIB));
    assertSame(another, malloc(fixed, 12 * MIB));
    assertSame(thirty, malloc(fixed, 13 * MIB));
    assertEquals(54 * MIB, fixed.reservedBytes());
  }

  @Test
  void smallRequestsNeverUseLargeSegments() {
    fixed.free(malloc(fixed, 30 * MIB));
    malloc(fixed, MIB);
    malloc(fixed, MIB);
    malloc(fixed, 512);
    assertEquals(34 * MIB, fixed.reservedBytes());
  }

  @Test
  void freeNeighboursAreJoinedInWhateverOrderTheyBecomeFree() {
    for (int[] order : new int[][] {{0, 1, 2}, {0, 2, 1}, {2, 1, 0}, {1, 0, 2}, {1, 2, 0}}) {
      CachingAllocator allocator = allocator(20 * MIB, false);
      Block[] blocks = {
        malloc(allocator, 6 * MIB), malloc(allocator, 6 * MIB), malloc(allocator, 8 * MIB)
      };
      for (int i : order) {
        allocator.free(blocks[i]);
      }
      assertEquals(20 * MIB, malloc(allocator, 20 * MIB).sizeBytes);
      assertEquals(0, allocator.usage(true).retries());
    }
  }

  @Test
  void cachedSegmentsThatFitNobodyAreGivenBackWhenTheDeviceIsFull() {
    CachingAllocator allocator = allocator(61 * MIB, false);
    allocator.free(malloc(allocator, 30 * MIB));
    Block second = malloc(allocator, 32 * MIB);
    assertEquals(new Usage(32 * MIB, 32 * MIB, 1, 1, true), allocator.usage(true));
    allocator.free(second);
    assertEquals(0, allocator.allocatedBytes());
    assertEquals(32 * MIB, allocator.reservedBytes());
  }

  @Test
  void aSegmentInUseIsLostToLargerRequests() {
    CachingAllocator allocator = allocator(40 * MIB, false);
    Block low = malloc(allocator, 2 * MIB);
    Block high = malloc(allocator, 2 * MIB);
    allocator.free(low);
    assertNull(allocator.malloc(21 * MIB), "18 MiB are free, but stay with the segment");
    assertEquals(1, allocator.usage(true).retries());
    allocator.free(high);
    assertEquals(22 * MIB, malloc(allocator, 21 * MIB).sizeBytes);
  }

  @Test
  void anExpandableSegmentGrowsWhereFixedOnesWouldBeLeftBehind() {
    CachingAllocator allocator = allocator(60 * MIB, true);
    allocator.free(malloc(allocator, 30 * MIB));
    malloc(allocator, 50 * MIB);
    assertEquals(new Usage(60 * MIB, 50 * MIB, 1, 0, true), allocator.usage(true));
  }

  @Test
  void anExpandableSegmentGivesBackWholeStepsFromItsMiddle() {
    CachingAllocator allocator = allocator(100 * MIB, true);
    malloc(allocator, 10 * MIB);
    Block middle = malloc(allocator, 60 * MIB); // [10, 70), of which [20, 60) are whole steps
    malloc(allocator, 10 * MIB); // [70, 80)
    allocator.free(middle);
    assertNull(allocator.malloc(61 * MIB), "two steps are left, and 61 MiB need four");
    assertEquals(40 * MIB, allocator.reservedBytes());
    assertEquals(middle.address, malloc(allocator, 60 * MIB).address, "the hole is filled again");
    assertEquals(80 * MIB, allocator.reservedBytes());
  }

  @Test
  void aRequestBeyondTheDeviceFailsAndLeavesWhatIsInUse() {
    for (boolean isExpandable : new boolean[] {false, true}) {
      CachingAllocator allocator = allocator(64 * MIB, isExpandable);
      Block kept = malloc(allocator, 600 * KIB);
      for (long bytes : new long[] {65 * MIB, 1L << 40, 1L << 62, Long.MAX_VALUE}) {
        assertNull(allocator.malloc(bytes));
      }
      assertEquals(2 * MIB, allocator.reservedBytes());
      allocator.free(kept);
      assertThrows(IllegalStateException.class, () -> allocator.free(kept));
    }
  }

  private static CachingAllocator allocator(long limitBytes, boolean expandableSegments) {
    return new CachingAllocator(new Settings(limitBytes, expandableSegments));
  }

  private static Block malloc(CachingAllocator allocator, long bytes) {
    return requireNonNull(allocator.malloc(bytes));
  }
}
