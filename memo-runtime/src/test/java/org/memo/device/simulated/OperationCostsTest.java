package org.memo.device.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;
import org.memo.op.AllGather;
import org.memo.op.AllReduce;
import org.memo.op.AttentionShape;
import org.memo.op.Collective;
import org.memo.op.EmbeddingBackward;
import org.memo.op.EmbeddingForward;
import org.memo.op.FlashAttentionForward;
import org.memo.op.Gemm;
import org.memo.op.HeadExchange;
import org.memo.op.HeadLayout;
import org.memo.op.ReduceScatter;
import org.memo.op.Rotary;
import org.memo.op.TokensToHeads;
import org.memo.op.ZeroFill;
import org.memo.planner.cost.CollectiveKind;
import org.memo.planner.cost.CostModel;
import org.memo.planner.cost.ElementType;
import org.memo.planner.cost.Hardware;

class OperationCostsTest {
  private static final CostModel MODEL = new CostModel(Hardware.named("h100-80gb"), 8);
  private static final OperationCosts COSTS = new OperationCosts(MODEL);

  @Test
  void aProductCostsByItsTypeAndShape() {
    long m = 4096;
    long n = 2048;
    long k = 1024;
    for (ElementType type : ElementType.values()) {
      Gemm gemm =
          new Gemm(
              bytes(m * k * type.bytes()),
              false,
              bytes(k * n * type.bytes()),
              false,
              bytes(m * n * type.bytes()),
              false,
              m,
              n,
              k,
              type,
              type);
      assertEquals(MODEL.productSeconds(type, m, n, k), COSTS.seconds(gemm));
    }
  }

  @Test
  void attentionCostsByItsPairsHeadsAndType() {
    AttentionShape shape = new AttentionShape(1024, 8, 2, 64, 1f, 2, 1024 * 1025 / 2.0);
    FlashAttentionForward op =
        new FlashAttentionForward(
            bytes(1024 * 12 * 64 * 2),
            bytes(1024 * 8 * 64 * 2),
            bytes(8 * 1024 * 4),
            bytes(16),
            shape,
            ElementType.BF16);
    assertEquals(
        MODEL.attentionForwardSeconds(ElementType.BF16, 1024 * 1025 / 2.0, 1024, 8, 64),
        COSTS.seconds(op));
  }

  @Test
  void tablesCountOnlyTheRowsThatAreUsed() {
    long cols = 4096;
    DeviceRegion table = bytes(128_000 * cols * 4);
    DeviceRegion rows = bytes(16 * cols * 4);
    DeviceRegion ids = bytes(16 * 4);
    double zero = COSTS.seconds(new ZeroFill(rows));
    double whole = COSTS.seconds(new ZeroFill(table));
    double lookUp = COSTS.seconds(new EmbeddingForward(table, ids, rows, 16, cols, 128_000, false));
    double gradient = COSTS.seconds(new EmbeddingBackward(rows, ids, table, 16, cols, 128_000, -1));
    DeviceRegion angles = bytes(1_000_000 * 64 * 4L);
    double rotation =
        COSTS.seconds(new Rotary(rows, 4096, ids, angles, angles, 16, 32, 128, false));
    assertTrue(zero < lookUp && lookUp < gradient && gradient < 0.1 * whole);
    assertTrue(zero < rotation && rotation < 0.1 * whole);
  }

  @Test
  void collectivesUseTheLinkAndCostWhatTheModelSays() {
    long mib = 1 << 20;
    Collective gather = new AllGather(bytes(mib), bytes(8 * mib), 8);
    Collective reduce = new AllReduce(bytes(8 * mib), ElementType.F32, 8);
    Collective scatter = new ReduceScatter(bytes(8 * mib), bytes(mib), ElementType.F32, false, 8);
    for (Collective op : new Collective[] {gather, reduce, scatter}) {
      assertEquals(DeviceEngine.LINK, COSTS.cost(op).engine());
    }
    assertEquals(
        MODEL.collectiveSeconds(CollectiveKind.ALL_GATHER, 7 * mib, 8, 8), COSTS.seconds(gather));
    assertEquals(
        MODEL.collectiveSeconds(CollectiveKind.ALL_REDUCE, 14 * mib, 8, 8), COSTS.seconds(reduce));
    assertEquals(COSTS.seconds(gather), COSTS.seconds(scatter));
  }

  @Test
  void anExchangeOfHeadsPacksThemToo() {
    long tokens = 1 << 16;
    long bytes = tokens / 8 * 96 * 128 * 2;
    Collective op =
        new TokensToHeads(
            bytes(bytes),
            new DeviceRegion(bytes, bytes),
            new HeadExchange(
                HeadLayout.queriesKeysValues(32, 32, 128), tokens, ElementType.BF16, 8));
    double sending = MODEL.collectiveSeconds(CollectiveKind.ALL_TO_ALL, bytes / 8 * 7, 8, 8);
    double packing = MODEL.memoryBoundSeconds("TokensToHeads", 2 * bytes);
    assertEquals(sending + packing, COSTS.seconds(op));
  }

  @Test
  void aGroupOfOneUsesNoLink() {
    Collective op = new AllReduce(bytes(1 << 20), ElementType.F32, 1);
    assertEquals(DeviceEngine.COMPUTE, COSTS.cost(op).engine());
  }

  private static DeviceRegion bytes(long size) {
    return new DeviceRegion(0, size);
  }
}
