package org.memo.planner.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.memo.planner.ortools.OrToolsNatives;
import org.memo.planner.ortools.ResidencyMip;
import org.memo.planner.swap.RoundingSlots.Contents;

class ResidencyMipTest {

  @BeforeAll
  static void needsNatives() {
    Assumptions.assumeTrue(OrToolsNatives.unavailability().isEmpty());
  }

  @Test
  void itAgreesWithTheEnumeration() {
    Random random = new Random(21);
    int solved = 0;
    for (int round = 0; round < 150; round++) {
      RandomResidency instance = RandomResidency.of(random, 5);
      LayerCosts costs = instance.costs();
      Budgets budgets = instance.budgets();
      ResidencyModel model = new ResidencyModel(costs, budgets);
      try {
        FormCounts enumerated = new ResidencyEnumeration().solve(costs, budgets);
        FormCounts optimised = new ResidencyMip().solve(costs, budgets);
        assertTrue(model.fits(optimised), round + ": " + optimised);
        assertEquals(
            model.stepSeconds(enumerated),
            model.stepSeconds(optimised),
            1e-5 * model.stepSeconds(enumerated),
            round + ": " + instance);
        solved++;
      } catch (ResidencyException e) {
        assertThrows(ResidencyException.class, () -> new ResidencyMip().solve(costs, budgets));
      }
    }
    assertTrue(solved > 70, "only " + solved + " of 150 were feasible");
  }

  @Test
  void itAgreesForSevenBillionParametersAndAMillionTokens() {
    LayerCosts costs = GptLayers.costs(1 << 20, 4096, 8);
    for (Contents contents : Contents.values()) {
      Budgets budgets = GptLayers.budgets(costs, 32, 62 * GptLayers.GIB, contents);
      ResidencyModel model = new ResidencyModel(costs, budgets);
      double enumerated = model.stepSeconds(new ResidencyEnumeration().solve(costs, budgets));
      double optimised = model.stepSeconds(new ResidencyMip().solve(costs, budgets));
      assertEquals(enumerated, optimised, 1e-6 * enumerated);
    }
  }
}
