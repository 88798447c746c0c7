package org.memo.planner.swap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.memo.planner.swap.LayerForm.CHECKPOINTED;
import static org.memo.planner.swap.LayerForm.RECOMPUTED;
import static org.memo.planner.swap.LayerForm.RECOMPUTED_FROM_HOST;
import static org.memo.planner.swap.LayerForm.RESIDENT;
import static org.memo.planner.swap.LayerForm.SWAPPED;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.memo.planner.swap.RoundingSlots.Contents;

class StepTimelineTest {

  // A layer computes 4 s forward and 8 s backward; its others take 1 s again, its attention 2 s.
  private static final LayerCosts COSTS = new LayerCosts(0, 20, 100, 4, 8, 1, 2);

  private static double seconds(
      Contents contents, double out, double in, double alpha, LayerForm... forms) {
    RoundingSlots slots = new RoundingSlots(contents, 0, 0, 0, 0, 0);
    Budgets budgets = new Budgets(forms.length, Long.MAX_VALUE, slots, Long.MAX_VALUE, out, in, 3);
    return StepTimeline.seconds(new ResidencyModel(COSTS, budgets), List.of(forms), alpha);
  }

  @Test
  void withoutCopiesItIsTheSumOfComputation() {
    double compute = 4 * (4 + 8) + 3;
    double again = 1 + (1 + 2);
    assertEquals(
        compute + again,
        seconds(Contents.TILES, 1, 1, 1, CHECKPOINTED, RECOMPUTED, RESIDENT, RESIDENT));
  }

  @Test
  void aLayerWaitsForTheCopyOfTheNextButOneBeforeIt() {
    // 120 bytes in 12 s. Layers 0 and 1 leave; 0 computes to 4 and is gone at 16; 1 to 8, gone at
    // 28. Layer 2 runs 16-20, layer 3 28-32 instead of 12-16.
    double unhindered = 4 * (4 + 8) + 3;
    assertEquals(
        unhindered + 16,
        seconds(Contents.WHOLE_LAYER, 10, 1e9, 1, SWAPPED, SWAPPED, SWAPPED, SWAPPED),
        1e-4);
  }

  @Test
  void aBufferIsFilledAgainWhenItsLayerIsThrough() {
    // 120 bytes in 12 s. Layers 3 and 2 run 0-8-16 after the loss; 1 is back at 8 + 12 = 20, 0 at
    // 32: 1 runs 20-28, 0 runs 32-40 instead of 24-32.
    double unhindered = 4 * (4 + 8) + 3;
    assertEquals(
        unhindered + 8,
        seconds(Contents.WHOLE_LAYER, 1e9, 10, 1, SWAPPED, SWAPPED, SWAPPED, SWAPPED),
        1e-4);
  }

  @Test
  void whatWasNotSwappedIsComputedAgainUnlessItStaysInItsBuffer() {
    double unhindered = 3 * (4 + 8) + 3;
    LayerForm[] forms = {SWAPPED, SWAPPED, SWAPPED};
    assertEquals(unhindered + 0.75, seconds(Contents.WHOLE_LAYER, 1e9, 1e9, 0.25, forms), 1e-4);
    assertEquals(unhindered + 2.25, seconds(Contents.SWAPPED_PART, 1e9, 1e9, 0.25, forms), 1e-4);
  }

  @Test
  void tilesHideOnlyBehindTokenWiseComputation() {
    // Others of 2 s: 1 s beyond the token-wise second forward, none beyond the two backward.
    double unhindered = 2 * (4 + 8) + 3;
    assertEquals(unhindered + 2, seconds(Contents.TILES, 50, 50, 1, SWAPPED, SWAPPED), 1e-9);
    // Others of 4 s: 3 s beyond forward and 2 s beyond backward, for each of the two layers.
    assertEquals(unhindered + 10, seconds(Contents.TILES, 25, 25, 1, SWAPPED, SWAPPED), 1e-9);
  }

  @Test
  void theAttentionOutputLeavesBeforeTheTiles() {
    // Half of the others take the whole token-wise second, and half a second to compute again;
    // before layer 0's tiles its attention output takes 0.4 s. The other layers keep theirs.
    double unhindered = 3 * (4 + 8) + 3;
    assertEquals(
        unhindered + 3 * 0.5 + 0.4,
        seconds(Contents.TILES, 50, 1e9, 0.5, SWAPPED, SWAPPED, SWAPPED),
        1e-4);
  }

  @Test
  void copiesThatCannotBeMadeTakeForever() {
    LayerForm[] three = {SWAPPED, SWAPPED, SWAPPED};
    assertEquals(Double.POSITIVE_INFINITY, seconds(Contents.WHOLE_LAYER, 0, 1, 1, three));
    assertEquals(Double.POSITIVE_INFINITY, seconds(Contents.WHOLE_LAYER, 1, 0, 1, three));
    LayerForm[] two = {SWAPPED, RESIDENT, SWAPPED};
    assertEquals(3 * (4 + 8) + 3, seconds(Contents.WHOLE_LAYER, 0, 0, 1, two));
  }

  @Test
  void hardlyAnyOrderIsFasterThanTheOneChosen() {
    Random random = new Random(31);
    for (int round = 0; round < 300; round++) {
      RandomResidency instance = RandomResidency.of(random, 9);
      ResidencyModel model = new ResidencyModel(instance.costs(), instance.budgets());
      FormCounts counts = randomCounts(random, instance.budgets().layers());
      LayerOrder.Timed chosen = LayerOrder.fastest(model, counts);
      assertEquals(chosen.seconds(), StepTimeline.seconds(model, chosen.forms(), counts.alpha()));
      List<LayerForm> shuffled = new ArrayList<>(chosen.forms());
      for (int i = 0; i < 50; i++) {
        Collections.shuffle(shuffled, random);
        double seconds = StepTimeline.seconds(model, shuffled, counts.alpha());
        assertTrue(
            chosen.seconds() <= seconds * 1.1, instance + " " + counts + ": better " + shuffled);
      }
    }
  }

  private static FormCounts randomCounts(Random random, int layers) {
    int swapped = random.nextInt(layers + 1);
    int checkpointed = random.nextInt(layers - swapped + 1);
    int resident = layers - swapped - checkpointed;
    return new FormCounts(resident, checkpointed, swapped, 0, 0, random.nextInt(5) / 4.0);
  }

  @Test
  void anOrderHasTheFormsThatItWasAskedFor() {
    FormCounts counts = new FormCounts(3, 2, 5, 1, 2, 0.5);
    for (int last = 0; last <= 6; last++) {
      for (boolean copyingEnds : new boolean[] {false, true}) {
        List<LayerForm> order = LayerOrder.order(counts, last, copyingEnds);
        assertEquals(13, order.size());
        for (LayerForm form : LayerForm.values()) {
          assertEquals(counts.of(form), Collections.frequency(order, form), form.name());
        }
        assertTrue(
            order.subList(13 - last, 13).stream().noneMatch(form -> form.swapsInput()),
            last + ": " + order);
      }
    }
    assertEquals(
        List.of(SWAPPED, RESIDENT, SWAPPED, SWAPPED, RESIDENT, SWAPPED),
        LayerOrder.order(new FormCounts(2, 0, 4, 0, 0, 1), 0, true));
    assertEquals(
        List.of(RECOMPUTED_FROM_HOST, RECOMPUTED, CHECKPOINTED, RESIDENT),
        LayerOrder.order(new FormCounts(1, 1, 0, 1, 1, 1), 3, false));
  }
}
