package org.memo.planner.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.planner.swap.RoundingSlots.Contents;
import org.memo.planner.swap.SwapFraction.Bound;

class ResidencyPlanTest {

  private static final RoundingSlots NO_SLOTS =
      new RoundingSlots(Contents.SWAPPED_PART, 0, 0, 0, 0, 0);

  /** With room for two whole layers and nothing else, all that is left to choose is alpha. */
  private static Budgets paperBudgets(
      LayerCosts costs, int layers, double bandwidth, HostMemory host) {
    RoundingSlots slots = RoundingSlots.wholeLayers(costs);
    return new Budgets(
        layers, slots.swapBytes(), slots, host.activationBytesPerRank(), bandwidth, bandwidth, 0);
  }

  private static ResidencyPlan assertPaper(LayerCosts costs, Budgets budgets, double alpha) {
    ResidencyPlan best = ResidencyPlan.best(costs, budgets);
    ResidencyPlan paper = ResidencyPlan.ofPaper(costs, budgets).orElseThrow();
    assertEquals(budgets.layers(), best.counts().swapped());
    assertEquals(alpha, best.alpha(), 0.0055);
    assertEquals(paper.alpha(), best.alpha(), 1e-9);
    assertEquals(Collections.nCopies(budgets.layers(), LayerForm.SWAPPED), best.perLayer());
    assertEquals(0, best.stallSeconds(), 1e-9 * best.stepSeconds());
    assertEquals(budgets.slabBytes(), best.slabBytes());
    assertTrue(best.hostBytes() <= budgets.hostBytes());
    return best;
  }

  @ParameterizedTest
  @CsvSource({
    "32, 4096, 8, 512, 1", "32, 4096, 8, 768, .67", "32, 4096, 8, 1024, .47",
    "32, 4096, 8, 1408, .30", "40, 5120, 16, 768, .88", "40, 5120, 16, 1408, .42",
    "48, 7168, 32, 1024, .77", "80, 8192, 64, 1024, .80", "80, 8192, 64, 1408, .54"
  })
  void inThePapersSettingsHostMemoryGivesThePapersAlpha(
      int layers, long hidden, int gpus, long kiloTokens, double alpha) {
    LayerCosts costs = GptLayers.costs(kiloTokens * 1024, hidden, gpus);
    HostMemory host = new HostMemory(2048 * GptLayers.GIB, 8, 0, 0);
    ResidencyPlan plan = assertPaper(costs, paperBudgets(costs, layers, 1e12, host), alpha);
    assertEquals(alpha == 1 ? Bound.NONE : Bound.HOST_MEMORY, plan.bound());
  }

  @ParameterizedTest
  @CsvSource({
    "190e12, 12.4e9, 32, .24", "190e12, 12.4e9, 64, .39", "190e12, 12.4e9, 128, .70",
    "190e12, 12.4e9, 192, 1", "190e12, 25e9, 32, .63", "190e12, 25e9, 64, .94",
    "450e12, 50e9, 32, .51", "450e12, 50e9, 64, .77", "450e12, 50e9, 96, 1"
  })
  void inThePapersSettingsBandwidthGivesThePapersAlpha(
      double flops, double bandwidth, long kiloTokens, double alpha) {
    LayerCosts costs = GptLayers.costs(kiloTokens * 1024, 4096, 8, flops);
    HostMemory host = HostMemory.ofRank(Long.MAX_VALUE);
    ResidencyPlan plan = assertPaper(costs, paperBudgets(costs, 32, bandwidth, host), alpha);
    assertEquals(alpha == 1 ? Bound.NONE : Bound.BANDWIDTH, plan.bound());
  }

  @Test
  void noPlanIsSlowerThanThePapersWhereThatFits() {
    Random random = new Random(41);
    int compared = 0;
    for (int round = 0; round < 3000; round++) {
      RandomResidency instance = RandomResidency.of(random, 24);
      ResidencyPlan paper =
          ResidencyPlan.ofPaper(instance.costs(), instance.budgets()).orElse(null);
      if (paper == null || !paper.fits() || paper.stepSeconds() == Double.POSITIVE_INFINITY) {
        continue;
      }
      ResidencyPlan best = ResidencyPlan.best(instance.costs(), instance.budgets());
      assertTrue(best.stepSeconds() <= paper.stepSeconds() * (1 + 1e-12), instance.toString());
      compared++;
    }
    assertTrue(compared > 300, "only " + compared + " of the paper's plans fit");
  }

  @Test
  void everyPlanFitsAndAddsUp() {
    Random random = new Random(42);
    for (int round = 0; round < 2000; round++) {
      RandomResidency instance = RandomResidency.of(random, 24);
      Budgets budgets = instance.budgets();
      try {
        ResidencyPlan plan = ResidencyPlan.best(instance.costs(), budgets);
        assertTrue(plan.fits(), instance.toString());
        assertTrue(plan.slabBytes() <= budgets.slabBytes());
        assertTrue(plan.hostBytes() <= budgets.hostBytes());
        assertEquals(budgets.layers(), plan.perLayer().size());
        assertTrue(
            plan.alpha() == 0 || budgets.slots().contents() != Contents.NO_OTHERS,
            instance.toString());
        assertTrue(Double.isFinite(plan.stepSeconds()), instance.toString());
        for (LayerForm form : LayerForm.values()) {
          assertEquals(plan.counts().of(form), Collections.frequency(plan.perLayer(), form));
        }
      } catch (ResidencyException e) {
        assertTrue(e.neededSlabBytes() > budgets.slabBytes());
      }
    }
  }

  @Test
  void moreOfAnythingNeverSlowsTheProgramDown() {
    Random random = new Random(43);
    ResidencyEnumeration solver = new ResidencyEnumeration();
    for (int round = 0; round < 500; round++) {
      RandomResidency instance = RandomResidency.of(random, 16);
      LayerCosts costs = instance.costs();
      Budgets budgets = instance.budgets();
      try {
        double before = seconds(costs, budgets, solver.solve(costs, budgets));
        for (Budgets more :
            List.of(
                budgets.withSlabBytes(budgets.slabBytes() + 50),
                budgets.withHostBytes(budgets.hostBytes() + 50))) {
          double after = seconds(costs, more, solver.solve(costs, more));
          assertTrue(after <= before * (1 + 1e-9), instance.toString());
        }
      } catch (ResidencyException e) {
        assertTrue(e.getMessage().contains("fit neither"));
      }
    }
  }

  private static double seconds(LayerCosts costs, Budgets budgets, FormCounts counts) {
    return new ResidencyModel(costs, budgets).stepSeconds(counts);
  }

  @Test
  void whatFitsTheSlabStaysThere() {
    LayerCosts costs = GptLayers.costs(64 * 1024, 4096, 8);
    ResidencyPlan plan =
        ResidencyPlan.best(
            costs, GptLayers.budgets(costs, 32, 60 * GptLayers.GIB, Contents.SWAPPED_PART));
    assertEquals(new FormCounts(32, 0, 0, 0, 0, 0), plan.counts());
    assertEquals(plan.computeSeconds(), plan.stepSeconds());
    assertEquals(0, plan.hostBytes());
  }

  @Test
  void aSlowBusMakesCheckpointsAndAFullHostMakesThemToo() {
    LayerCosts costs = GptLayers.costs(1 << 20, 4096, 8);
    Budgets budgets =
        GptLayers.budgets(costs, 32, 70 * GptLayers.GIB, Contents.SWAPPED_PART).withHostBytes(0);
    ResidencyPlan plan = ResidencyPlan.best(costs, budgets);
    assertEquals(0, plan.hostBytes());
    assertTrue(plan.counts().checkpointed() > 20, plan.toString());
  }

  @Test
  void withoutRoomForAttentionOutputsTheAttentionIsComputedAgain() {
    LayerCosts costs = new LayerCosts(10, 10, 100, 5, 10, 1, 3);
    Budgets budgets = new Budgets(4, 65, NO_SLOTS, 0, 0, 0, 0);
    ResidencyPlan plan = ResidencyPlan.best(costs, budgets);
    // Two swapped layers stay in their buffers, which are free here; then 65 bytes hold two more.
    assertEquals(new FormCounts(0, 2, 2, 0, 0, 1), plan.counts());
    Budgets without =
        new Budgets(4, 65, new RoundingSlots(Contents.TILES, 1000, 0, 1000, 0, 0), 0, 0, 0, 0);
    assertEquals(new FormCounts(0, 2, 0, 2, 0, 0), ResidencyPlan.best(costs, without).counts());
  }

  @Test
  void oneLayerIsPlanned() {
    LayerCosts costs = new LayerCosts(10, 10, 100, 5, 10, 1, 3);
    RoundingSlots slots = new RoundingSlots(Contents.TILES, 1000, 0, 1000, 0, 0);
    Budgets budgets = new Budgets(1, 120, slots, 0, 0, 0, 0.5);
    assertEquals(15.5, ResidencyPlan.best(costs, budgets).stepSeconds());
    assertEquals(16.5, ResidencyPlan.best(costs, budgets.withSlabBytes(119)).stepSeconds());
    assertEquals(19.5, ResidencyPlan.best(costs, budgets.withSlabBytes(19)).stepSeconds());
    ResidencyException none =
        assertThrows(
            ResidencyException.class, () -> ResidencyPlan.best(costs, budgets.withSlabBytes(9)));
    assertEquals(10, none.neededSlabBytes());
    assertFalse(none.neededHostBytes().isPresent());
    assertEquals(
        "the kept activations of 1 layers fit neither slab nor host: they need 10 bytes of slab"
            + " with 0 bytes of host memory, where the slab has 9",
        none.getMessage());
  }

  @Test
  void aBusWithoutLimitSwapsAllThatTheHostHolds() {
    LayerCosts costs = new LayerCosts(10, 10, 100, 5, 10, 1, 3);
    double unlimited = Double.POSITIVE_INFINITY;
    Budgets budgets = new Budgets(6, 0, NO_SLOTS, 4 * 120, unlimited, unlimited, 0);
    ResidencyPlan plan = ResidencyPlan.best(costs, budgets);
    assertEquals(new FormCounts(0, 0, 6, 0, 0, 1), plan.counts());
    assertEquals(90, plan.stepSeconds());
    ResidencyPlan half = ResidencyPlan.best(costs, budgets.withHostBytes(4 * 70));
    assertEquals(new FormCounts(0, 0, 6, 0, 0, 0.5), half.counts());
    assertEquals(Bound.HOST_MEMORY, half.bound());
    assertEquals(93, half.stepSeconds());
  }

  @Test
  void buffersThatGrowWithAlphaCanBeItsLimit() {
    LayerCosts costs = new LayerCosts(10, 10, 100, 5, 10, 1, 3);
    RoundingSlots growing = new RoundingSlots(Contents.SWAPPED_PART, 40, 200, 1000, 1000, 1000);
    Budgets budgets = new Budgets(6, 140, growing, 10_000, 1e9, 1e9, 0);
    ResidencyPlan plan = ResidencyPlan.best(costs, budgets);
    assertEquals(0.5, plan.alpha());
    assertEquals(Bound.SLAB, plan.bound());
    assertEquals(140, plan.slabBytes());
  }

  @Test
  void buffersOfWholeTilesAreFilledToTheLastWholeTile() {
    LayerCosts costs = new LayerCosts(10, 10, 100, 5, 10, 1, 3);
    RoundingSlots tiles = new RoundingSlots(Contents.SWAPPED_PART, 40, 200, 4, 1000, 1000, 1000);
    Budgets budgets = new Budgets(6, 189, tiles, 10_000, 1e9, 1e9, 0);
    ResidencyPlan plan = ResidencyPlan.best(costs, budgets);
    assertEquals(0.5, plan.alpha());
    assertEquals(140, plan.slabBytes());
    assertEquals(0.75, ResidencyPlan.best(costs, budgets.withSlabBytes(190)).alpha());
    // The host holds a part of the third tile: 4 layers of 20 + 65 bytes.
    ResidencyPlan host =
        ResidencyPlan.best(costs, budgets.withSlabBytes(190).withHostBytes(4 * 85));
    assertEquals(0.65, host.alpha(), 1e-12);
    assertEquals(190, host.slabBytes());
  }

  @Test
  void withoutRoomForOthersInItsBuffersASwappedLayerComputesThemAgain() {
    LayerCosts costs = new LayerCosts(10, 10, 100, 5, 10, 1, 3);
    RoundingSlots noOthers = new RoundingSlots(Contents.NO_OTHERS, 40, 0, 1000, 1000, 1000);
    Budgets budgets = new Budgets(6, 40, noOthers, 10_000, 1e9, 1e9, 0);
    ResidencyPlan plan = ResidencyPlan.best(costs, budgets);
    assertEquals(new FormCounts(0, 0, 6, 0, 0, 0), plan.counts());
    assertEquals(96, plan.stepSeconds());
    assertEquals(4 * 20, plan.hostBytes());
    assertEquals(0, ResidencyPlan.ofPaper(costs, budgets).orElseThrow().alpha());
    assertFalse(ResidencyPlan.of(costs, budgets, plan.counts().withAlpha(0.5)).fits());
  }

  @Test
  void givenCountsAreJudgedEvenWhereTheyDoNotFit() {
    LayerCosts costs = new LayerCosts(10, 10, 100, 5, 10, 1, 3);
    Budgets budgets = new Budgets(6, 140, NO_SLOTS, 100, 1e9, 1e9, 0);
    ResidencyPlan resident = ResidencyPlan.of(costs, budgets, new FormCounts(6, 0, 0, 0, 0, 0));
    assertFalse(resident.fits());
    assertEquals(720, resident.slabBytes());
    assertEquals(90, resident.stepSeconds());
    ResidencyPlan recomputed = ResidencyPlan.of(costs, budgets, new FormCounts(0, 0, 0, 6, 0, 0));
    assertTrue(recomputed.fits());
    assertEquals(90 + 6 * 4, recomputed.stepSeconds());
    assertThrows(
        IllegalArgumentException.class,
        () -> ResidencyPlan.of(costs, budgets, new FormCounts(5, 0, 0, 0, 0, 0)));
  }

  @Test
  void impossibleInputsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new LayerCosts(1, 1, 1, 1, -1, 1, 1));
    assertThrows(
        IllegalArgumentException.class, () -> new LayerCosts(1, 1, 1, 1, 1, Double.NaN, 1));
    assertThrows(
        IllegalArgumentException.class, () -> new RoundingSlots(Contents.TILES, -1, 0, 0, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new Budgets(0, 1, NO_SLOTS, 1, 1, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new Budgets(1, -1, NO_SLOTS, 1, 1, 1, 1));
    assertThrows(
        IllegalArgumentException.class, () -> new Budgets(1, 1, NO_SLOTS, 1, Double.NaN, 1, 1));
  }
}
