package org.memo.planner.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.memo.planner.swap.RoundingSlots.Contents;

class ResidencyEnumerationTest {

  private static final int ALPHAS = 40;
  private static final double ROUNDING = 1e-9; // bytes

  /** Every count of every form, with alphas on a grid. */
  private static void forEachChoice(int layers, Consumer<FormCounts> visitor) {
    for (int r = 0; r <= layers; r++) {
      for (int c = 0; r + c <= layers; c++) {
        for (int s = 0; r + c + s <= layers; s++) {
          for (int x = 0; r + c + s + x <= layers; x++) {
            for (int a = 0; a <= (s == 0 ? 0 : ALPHAS); a++) {
              visitor.accept(
                  new FormCounts(r, c, s, x, layers - r - c - s - x, (double) a / ALPHAS));
            }
          }
        }
      }
    }
  }

  /** The program once more, written from its formulas. */
  private static double seconds(LayerCosts costs, Budgets budgets, FormCounts n) {
    RoundingSlots slots = budgets.slots();
    double input = costs.inputBytes();
    double attention = costs.attentionBytes();
    double others = costs.othersBytes();
    int moved = Math.max(0, n.swapped() - 2);
    int movedInputs = Math.max(0, n.swapped() + n.recomputedFromHost() - 2);
    boolean tiles = slots.contents() == Contents.TILES;
    int copying = tiles ? n.swapped() : moved;
    int again = slots.contents() == Contents.WHOLE_LAYER ? moved : n.swapped();
    int attentionsAgain = n.recomputed() + n.recomputedFromHost();
    double slab =
        n.resident() * (input + attention + others)
            + n.checkpointed() * (input + attention)
            + n.recomputed() * input;
    if (n.swapped() > 0) {
      slab += slots.swapBytes() + growth(slots, n.alpha());
    } else if (n.recomputedFromHost() > 0) {
      slab += slots.inputBytes();
    }
    slab += n.checkpointed() + attentionsAgain > 0 ? slots.othersBytes() : 0;
    slab += attentionsAgain > 0 ? slots.attentionBytes() : 0;
    double alphaBytes = copying * n.alpha() * others;
    double copied = movedInputs * input + moved * attention + alphaBytes;
    if (slots.contents() == Contents.NO_OTHERS && n.alpha() > 0) {
      return Double.POSITIVE_INFINITY;
    }
    if (slab > budgets.slabBytes() + ROUNDING || copied > budgets.hostBytes() + ROUNDING) {
      return Double.POSITIVE_INFINITY;
    }
    double r = costs.othersRecomputeSeconds();
    double recompute =
        (n.checkpointed() + attentionsAgain + again * (1 - n.alpha())) * r
            + attentionsAgain * costs.attentionRecomputeSeconds();
    double window = Math.max(0, budgets.layers() - 2);
    double out = over(copied, budgets.offloadBytesPerSecond());
    double in = over(copied, budgets.prefetchBytesPerSecond());
    double stallOut = Math.max(0, out - window * costs.forwardSeconds());
    double stallIn = Math.max(0, in - window * costs.backwardSeconds() - recompute);
    if (tiles) {
      double tileOut = over(alphaBytes, budgets.offloadBytesPerSecond());
      double tileIn = over(alphaBytes, budgets.prefetchBytesPerSecond());
      double attentions = over(moved * attention, budgets.offloadBytesPerSecond());
      stallOut = Math.max(stallOut, attentions + tileOut - n.swapped() * r);
      stallIn = Math.max(stallIn, tileIn - 2 * n.swapped() * r);
    }
    return budgets.layers() * (costs.forwardSeconds() + costs.backwardSeconds())
        + budgets.otherSeconds()
        + recompute
        + stallOut
        + stallIn;
  }

  private static double growth(RoundingSlots slots, double alpha) {
    int steps = slots.alphaSteps();
    return steps == 0
        ? alpha * slots.swapBytesPerAlpha()
        : Math.ceil(alpha * steps - ROUNDING)
            * Math.ceil((double) slots.swapBytesPerAlpha() / steps);
  }

  private static double over(double bytes, double bytesPerSecond) {
    return bytes == 0 ? 0 : bytes / bytesPerSecond;
  }

  @Test
  void noOtherChoiceIsFaster() {
    Random random = new Random(11);
    int solved = 0;
    for (int round = 0; round < 400; round++) {
      RandomResidency instance = RandomResidency.of(random, 6);
      LayerCosts costs = instance.costs();
      Budgets budgets = instance.budgets();
      double[] best = {Double.POSITIVE_INFINITY};
      forEachChoice(budgets.layers(), n -> best[0] = Math.min(best[0], seconds(costs, budgets, n)));
      if (best[0] == Double.POSITIVE_INFINITY) {
        assertThrows(
            ResidencyException.class, () -> new ResidencyEnumeration().solve(costs, budgets));
        continue;
      }
      FormCounts answer = new ResidencyEnumeration().solve(costs, budgets);
      assertEquals(budgets.layers(), answer.layers());
      double answered = seconds(costs, budgets, answer);
      assertTrue(
          answered <= best[0] * (1 + 1e-8), round + ": " + answer + " " + answered + " " + best[0]);
      solved++;
    }
    assertTrue(solved > 200, "only " + solved + " of 400 were feasible");
  }

  @Test
  void whereNothingFitsTheBudgetsThatItNamesAreTheSmallest() {
    Random random = new Random(12);
    int refused = 0;
    for (int round = 0; round < 2000; round++) {
      RandomResidency instance = RandomResidency.of(random, 5);
      LayerCosts costs = instance.costs();
      Budgets budgets = instance.budgets();
      try {
        new ResidencyEnumeration().solve(costs, budgets);
      } catch (ResidencyException e) {
        refused++;
        assertTrue(e.neededSlabBytes() > budgets.slabBytes());
        assertSmallestSlab(costs, budgets, e.neededSlabBytes());
        if (e.neededHostBytes().isPresent()) {
          assertSmallestHost(costs, budgets, e.neededHostBytes().getAsLong());
        }
      }
    }
    assertTrue(refused > 200, "only " + refused + " of 2000 were infeasible");
  }

  private static void assertSmallestSlab(LayerCosts costs, Budgets budgets, long slabBytes) {
    ResidencyEnumeration solver = new ResidencyEnumeration();
    solver.solve(costs, budgets.withSlabBytes(slabBytes));
    assertThrows(
        ResidencyException.class, () -> solver.solve(costs, budgets.withSlabBytes(slabBytes - 1)));
  }

  private static void assertSmallestHost(LayerCosts costs, Budgets budgets, long hostBytes) {
    ResidencyEnumeration solver = new ResidencyEnumeration();
    assertTrue(hostBytes > budgets.hostBytes());
    solver.solve(costs, budgets.withHostBytes(hostBytes));
    assertThrows(
        ResidencyException.class, () -> solver.solve(costs, budgets.withHostBytes(hostBytes - 1)));
  }

  @Test
  void theBestFewAreDifferentAndInOrder() {
    Random random = new Random(13);
    for (int round = 0; round < 100; round++) {
      RandomResidency instance = RandomResidency.of(random, 8);
      ResidencyModel model = new ResidencyModel(instance.costs(), instance.budgets());
      try {
        List<FormCounts> best = ResidencyEnumeration.best(model, 8);
        assertEquals(best.size(), best.stream().distinct().count());
        assertEquals(
            new ResidencyEnumeration().solve(instance.costs(), instance.budgets()),
            best.getFirst());
        for (int i = 1; i < best.size(); i++) {
          double before = model.stepSeconds(best.get(i - 1));
          assertTrue(before <= model.stepSeconds(best.get(i)) * (1 + 1e-9));
        }
      } catch (ResidencyException e) {
        assertTrue(e.getMessage().contains("bytes of slab"));
      }
    }
  }

  @Test
  void sizesBeyondALongAreRefused() {
    LayerCosts costs = new LayerCosts(1L << 60, 1L << 60, 1L << 60, 1, 1, 1, 1);
    RoundingSlots slots = new RoundingSlots(Contents.TILES, 0, 0, 0, 0, 0);
    Budgets budgets = new Budgets(2, Long.MAX_VALUE, slots, Long.MAX_VALUE, 1, 1, 0);
    assertThrows(
        IllegalArgumentException.class, () -> new ResidencyEnumeration().solve(costs, budgets));
  }
}
