package org.memo.planner.swap;

import org.memo.planner.swap.RoundingSlots.Contents;

/**
 * One GPU's part of the paper's GPT layers: 16 tokens x hidden in bf16, 24 s h^2 + 2 s^2 h FLOPs.
 */
final class GptLayers {

  static final double A800_FLOPS = 190e12;
  static final double A800_COPY = 12.4e9;
  static final long GIB = 1L << 30;

  private GptLayers() {}

  static LayerProfile profile(long tokens, long hidden, int gpus, double flopsPerGpu) {
    long tensorBytes = 2 * tokens * hidden / gpus;
    double flops = 24.0 * tokens * hidden * hidden + 2.0 * tokens * tokens * hidden;
    return new LayerProfile(tensorBytes, tensorBytes, 14 * tensorBytes, flops / gpus / flopsPerGpu);
  }

  /** Backward is twice forward, and attention 2.5 times; all but attention is token-wise. */
  static LayerCosts costs(long tokens, long hidden, int gpus, double flopsPerGpu) {
    LayerProfile layer = profile(tokens, hidden, gpus, flopsPerGpu);
    double tokenWise = 24.0 * tokens * hidden * hidden / gpus / flopsPerGpu;
    double attention = 2.0 * tokens * tokens * hidden / gpus / flopsPerGpu;
    return new LayerCosts(
        layer.inputBytes(),
        layer.attentionBytes(),
        layer.othersBytes(),
        tokenWise + attention,
        2 * tokenWise + 2.5 * attention,
        tokenWise,
        attention);
  }

  static LayerCosts costs(long tokens, long hidden, int gpus) {
    return costs(tokens, hidden, gpus, A800_FLOPS);
  }

  /** A rank of eight on an A800 node of 2 TiB. */
  static Budgets budgets(LayerCosts costs, int layers, long slabBytes, Contents contents) {
    RoundingSlots whole = RoundingSlots.wholeLayers(costs);
    RoundingSlots slots =
        contents == Contents.WHOLE_LAYER
            ? whole
            : new RoundingSlots(
                contents,
                2 * (costs.inputBytes() + costs.attentionBytes()),
                contents == Contents.TILES ? 0 : 2 * costs.othersBytes(),
                whole.inputBytes(),
                costs.othersBytes() / 4,
                whole.attentionBytes());
    return new Budgets(
        layers,
        slabBytes,
        slots,
        new HostMemory(2048 * GIB, 8, 0, 0).activationBytesPerRank(),
        A800_COPY,
        A800_COPY,
        0);
  }
}
