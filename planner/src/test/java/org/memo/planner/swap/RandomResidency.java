package org.memo.planner.swap;

import java.util.Random;
import org.memo.planner.swap.RoundingSlots.Contents;

/** Small random instances, of sizes at which every budget is scarce now and then. */
record RandomResidency(LayerCosts costs, Budgets budgets) {

  static RandomResidency of(Random random, int mostLayers) {
    LayerCosts costs =
        new LayerCosts(
            random.nextInt(60),
            random.nextInt(60),
            random.nextInt(600),
            1 + random.nextInt(20),
            random.nextInt(40),
            random.nextInt(12),
            random.nextInt(30));
    int layers = 1 + random.nextInt(mostLayers);
    Contents contents = Contents.values()[random.nextInt(4)];
    RoundingSlots slots =
        random.nextBoolean()
            ? RoundingSlots.wholeLayers(costs)
            : new RoundingSlots(
                contents,
                random.nextInt(400),
                random.nextBoolean() ? 0 : random.nextInt(400),
                random.nextBoolean() ? 0 : 1 + random.nextInt(8),
                random.nextInt(100),
                random.nextInt(200),
                random.nextInt(50));
    long most = layers * costs.skeletalBytes();
    return new RandomResidency(
        costs,
        new Budgets(
            layers,
            random.nextLong(most + 2),
            slots,
            random.nextInt(4) == 0 ? 0 : random.nextLong(most + 2),
            bandwidth(random),
            bandwidth(random),
            random.nextInt(20)));
  }

  private static double bandwidth(Random random) {
    return switch (random.nextInt(10)) {
      case 0 -> 0;
      case 1 -> Double.POSITIVE_INFINITY;
      default -> 1 + random.nextInt(100);
    };
  }
}
