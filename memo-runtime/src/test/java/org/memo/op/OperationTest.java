package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.memo.device.DeviceRegion;
import org.memo.device.HostRegion;
import org.memo.planner.cost.ElementType;

/** What the records themselves say and refuse. */
class OperationTest {
  private final DeviceRegion six = new DeviceRegion(0, 24);
  private final DeviceRegion twelve = new DeviceRegion(64, 48);
  private final DeviceRegion eight = new DeviceRegion(128, 32);
  private final DeviceRegion three = new DeviceRegion(192, 12);

  @Test
  void aProductSaysWhatItDoesAndMoves() {
    Gemm product = new Gemm(six, false, twelve, true, eight, false, 2, 4, 3);
    assertEquals("Gemm", product.name());
    assertEquals(List.of(six, twelve), product.reads());
    assertEquals(List.of(eight), product.writes());
    assertEquals(2 * 2 * 4 * 3, product.flops());
    assertEquals(24 + 48 + 32, product.bytes());
  }

  @Test
  void aSumReadsWhatItAddsTo() {
    Gemm product = new Gemm(six, true, twelve, false, eight, true, 2, 4, 3);
    assertEquals(List.of(six, twelve, eight), product.reads());
    DeviceRegion ids = new DeviceRegion(0, 8);
    EmbeddingForward lookup = new EmbeddingForward(twelve, ids, six, 2, 3, 4, false);
    assertEquals(List.of(twelve, ids), lookup.reads());
    EmbeddingForward added = new EmbeddingForward(twelve, ids, six, 2, 3, 4, true);
    assertEquals(List.of(twelve, ids, six), added.reads());
  }

  @Test
  void attentionCountsTheScoresUnderItsMask() {
    AttentionShape shape = new AttentionShape(3, 2, 1, 4, 0.5f, 2, 6);
    assertEquals(16, shape.qkvWidth());
    assertEquals(8, shape.outWidth());
    DeviceRegion qkv = new DeviceRegion(0, 4 * 3 * 16);
    DeviceRegion out = new DeviceRegion(0, 4 * 3 * 8);
    DeviceRegion sums = new DeviceRegion(0, 4 * 2 * 3);
    DeviceRegion offsets = new DeviceRegion(0, 8 * 2);
    double product = 2 * 6 * 4 * 2;
    Operation forward = new FlashAttentionForward(qkv, out, sums, offsets, shape);
    assertEquals(2 * product, forward.flops());
    Operation backward = new FlashAttentionBackward(qkv, out, out, sums, sums, qkv, offsets, shape);
    assertEquals(5 * product, backward.flops());
  }

  @Test
  void aRegionOfAnotherSizeIsRefusedByName() {
    assertRefused(
        "c has sizeBytes=24", () -> new Gemm(six, false, twelve, false, six, false, 2, 4, 3));
    assertRefused("x has sizeBytes=24", () -> new ResidualAdd(three, six, 3));
    assertRefused("weight has sizeBytes=32", () -> new RmsNormForward(six, eight, six, 2, 3, 0));
    assertRefused("sum has sizeBytes=12", () -> new SumOfSquares(six, three, 6));
    assertRefused("target has sizeBytes=24", () -> new CopyToHost(three, new HostRegion(0, 24)));
    assertRefused(
        "gateUp has sizeBytes=24", () -> new SwiGluForward(six, three, 1, 3_000_000_000L));
  }

  @Test
  void activationsAndWeightsTakeTheBytesOfTheirType() {
    DeviceRegion x = new DeviceRegion(0, 12);
    DeviceRegion weight = new DeviceRegion(64, 6);
    RmsNormForward norm = new RmsNormForward(x, weight, x, 2, 3, 0, ElementType.BF16);
    assertEquals(12 + 6 + 12, norm.bytes());
    assertEquals(ElementType.BF16, norm.type());
    assertEquals(ElementType.F32, new ZeroFill(x).type());
    assertRefused(
        "weight has sizeBytes=12",
        () -> new RmsNormForward(x, three, x, 2, 3, 0, ElementType.BF16));
  }

  @Test
  void gradientsOfParametersStayInF32() {
    DeviceRegion x = new DeviceRegion(0, 12);
    DeviceRegion weight = new DeviceRegion(64, 6);
    RmsNormBackward norm = new RmsNormBackward(x, weight, x, x, three, 2, 3, 0, ElementType.BF16);
    assertEquals(List.of(x, three), norm.writes());
    DeviceRegion dy = new DeviceRegion(0, 16);
    new Gemm(dy, true, x, false, twelve, true, 4, 3, 2, ElementType.BF16, ElementType.F32);
    assertRefused(
        "c has sizeBytes=48, its shape calls for 24",
        () ->
            new Gemm(
                dy, true, x, false, twelve, true, 4, 3, 2, ElementType.BF16, ElementType.BF16));
  }

  @Test
  void theOptimizerWritesTheWeightsOfMixedPrecisionToo() {
    AdamWStep step = new AdamWStep(1, 1, 0, 0, 1, 0, 1, 1);
    DeviceRegion weights = new DeviceRegion(512, 12);
    AdamW mixed = new AdamW(six, six, six, six, 6, step, ElementType.BF16, weights);
    assertEquals(List.of(six, six, six, six), mixed.reads());
    assertEquals(List.of(six, six, six, six, weights), mixed.writes());
    assertEquals(4, new AdamW(six, six, six, six, 6, step).writes().size());
    assertRefused(
        "weights=null", () -> new AdamW(six, six, six, six, 6, step, ElementType.BF16, null));
  }

  @Test
  void rowsThatOverlapOrReachTooFarAreRefused() {
    DeviceRegion positions = new DeviceRegion(0, 8);
    assertRefused(
        "rowStride=3 is less than cols=4",
        () -> new Rotary(eight, 3, positions, three, three, 2, 1, 4, false));
    assertRefused(
        "calls for at least 36",
        () -> new Rotary(eight, 5, positions, three, three, 2, 1, 4, false));
    assertEquals(
        eight, new Rotary(eight, 4, positions, three, three, 2, 1, 4, false).writes().getFirst());
  }

  @Test
  void sizesThatOverflowAreRefused() {
    assertThrows(
        ArithmeticException.class, () -> new BiasForward(six, three, Long.MAX_VALUE / 2, 3));
  }

  private static void assertRefused(String reason, Executable constructor) {
    String message = assertThrows(IllegalArgumentException.class, constructor).getMessage();
    assertTrue(message.contains(reason), message);
  }
}
