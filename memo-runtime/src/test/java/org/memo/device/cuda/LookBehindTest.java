package org.memo.device.cuda;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.memo.device.DeviceRegion;
import org.memo.op.BiasForward;
import org.memo.op.Gemm;
import org.memo.op.ZeroFill;
import org.memo.planner.cost.ElementType;

class LookBehindTest {
  private final DeviceRegion a = new DeviceRegion(0, 24);
  private final DeviceRegion b = new DeviceRegion(64, 48);
  private final DeviceRegion c = new DeviceRegion(128, 32);
  private final DeviceRegion bias = new DeviceRegion(192, 16);
  private final Gemm product = new Gemm(a, false, b, false, c, false, 2, 4, 3);
  private final LookBehind lookBehind = new LookBehind();

  @Test
  void aProductIsHeldUntilItIsTaken() {
    assertTrue(lookBehind.holds(product));
    assertSame(product, lookBehind.take());
    assertNull(lookBehind.take());
  }

  @Test
  void whatIsNoPlainProductIsNotHeld() {
    assertFalse(lookBehind.holds(new Gemm(a, false, b, false, c, true, 2, 4, 3)));
    assertFalse(lookBehind.holds(new ZeroFill(c)));
    assertNull(lookBehind.take());
  }

  @Test
  void aBiasOfTheProductsWholeResultGoesWithIt() {
    assertTrue(LookBehind.isBiasOf(product, new BiasForward(c, bias, 2, 4)));
  }

  @Test
  void aBiasOfAnotherRegionShapeOrTypeDoesNot() {
    assertFalse(LookBehind.isBiasOf(null, new BiasForward(c, bias, 2, 4)));
    DeviceRegion other = new DeviceRegion(256, 32);
    assertFalse(LookBehind.isBiasOf(product, new BiasForward(other, bias, 2, 4)));
    DeviceRegion wide = new DeviceRegion(192, 32);
    assertFalse(LookBehind.isBiasOf(product, new BiasForward(c, wide, 1, 8)));
    assertFalse(LookBehind.isBiasOf(product, new BiasForward(c, bias, 2, 8, ElementType.BF16)));
    assertFalse(LookBehind.isBiasOf(product, new ZeroFill(c)));
  }
}
