package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.memo.device.DeviceRegion;
import org.memo.planner.cost.ElementType;

/** What collective operations say and refuse. */
class CollectiveTest {
  private static final ElementType F32 = ElementType.F32;
  private final DeviceRegion whole = new DeviceRegion(0, 96);
  private final DeviceRegion shard = new DeviceRegion(128, 24);

  @Test
  void aGatherSendsTheShardToEveryOtherRank() {
    AllGather gather = new AllGather(shard, whole, 4);
    assertEquals(3 * 24, gather.wireBytes());
    assertEquals(List.of(shard), gather.reads());
    assertEquals(List.of(whole), gather.writes());
  }

  @Test
  void aScatteredSumReadsTheShardThatItAddsTo() {
    ReduceScatter sum = new ReduceScatter(whole, shard, F32, false, 4);
    assertEquals(3 * 24, sum.wireBytes());
    assertEquals(List.of(whole), sum.reads());
    assertEquals(List.of(shard), sum.writes());
    assertEquals(List.of(whole, shard), new ReduceScatter(whole, shard, F32, true, 4).reads());
  }

  @Test
  void aSumOverAllRanksIsInPlace() {
    AllReduce sum = new AllReduce(whole, ElementType.BF16, 3);
    assertEquals(List.of(whole), sum.reads());
    assertEquals(List.of(whole), sum.writes());
    assertEquals(2 * 2 * 96 / 3, sum.wireBytes());
    assertEquals(8, new AllReduceDoubles(new DeviceRegion(0, 8), 2).wireBytes());
    assertEquals(0, new AllReduceDoubles(new DeviceRegion(0, 8), 1).wireBytes());
  }

  /** T = 6, P = 3, H = 6, K = 2, D = 1: rows of 10 become rows of 2 + 2 * 2. */
  @Test
  void anExchangeSendsOneRanksTokensToEachOther() {
    HeadLayout layout = HeadLayout.queriesKeysValues(6, 2, 1);
    DeviceRegion tokenRows = new DeviceRegion(0, 2 * 10 * 2);
    DeviceRegion headRows = new DeviceRegion(256, 6 * 6 * 2);
    TokensToHeads there =
        new TokensToHeads(tokenRows, headRows, new HeadExchange(layout, 6, ElementType.BF16, 3));
    assertEquals(2 * (2 * 6 * 2), there.wireBytes());
    assertEquals(List.of(tokenRows), there.reads());
    assertEquals(List.of(headRows), there.writes());
    HeadsToTokens back =
        new HeadsToTokens(headRows, tokenRows, new HeadExchange(layout, 6, ElementType.BF16, 3));
    assertEquals(there.wireBytes(), back.wireBytes());
    assertEquals(List.of(headRows), back.reads());
    assertEquals(List.of(tokenRows), back.writes());
  }

  /**
   * T = 8, P = 4, H = 6, K = 2, D = 1: rows of 10 become rows of 2 + 2, of which some are empty.
   */
  @Test
  void anExchangeOfPaddedHeadsSendsEqualParts() {
    HeadLayout layout = HeadLayout.queriesKeysValues(6, 2, 1);
    DeviceRegion tokenRows = new DeviceRegion(0, 2 * 10 * 4);
    DeviceRegion headRows = new DeviceRegion(256, 8 * 4 * 4);
    assertEquals(
        3 * (2 * 4 * 4),
        new TokensToHeads(tokenRows, headRows, new HeadExchange(layout, 8, F32, 4)).wireBytes());
    assertEquals(
        3 * (2 * 4 * 4),
        new HeadsToTokens(headRows, tokenRows, new HeadExchange(layout, 8, F32, 4)).wireBytes());
  }

  @Test
  void regionsThatDoNotFitTheGroupAreRefused() {
    assertRefused("whole has sizeBytes=96", () -> new AllGather(shard, whole, 3));
    assertRefused("ranks=0", () -> new AllReduce(whole, F32, 0));
    assertRefused(
        "no multiple of its elements' 4", () -> new AllReduce(new DeviceRegion(0, 6), F32, 2));
    HeadLayout layout = HeadLayout.queries(2, 2, 4);
    assertRefused(
        "tokens=3 is no multiple of ranks=2",
        () -> new TokensToHeads(shard, whole, new HeadExchange(layout, 3, F32, 2)));
    assertRefused(
        "overlap",
        () -> new TokensToHeads(whole, whole.slice(32, 32), new HeadExchange(layout, 2, F32, 2)));
    assertRefused(
        "target has sizeBytes=96",
        () -> new HeadsToTokens(shard, whole, new HeadExchange(layout, 2, F32, 2)));
  }

  private static void assertRefused(String reason, Executable constructor) {
    String message = assertThrows(IllegalArgumentException.class, constructor).getMessage();
    assertTrue(message.contains(reason), message);
  }
}
