package org.memo.model;

/**
 * The floating-point operations of a training step by the convention of the field: 6 for each
 * weight and token (forward once, backward twice; tables that are only looked up in do not count),
 * and for attention 12 for each layer, query-head element and scored pair. Recomputation does not
 * count.
 */
public record ModelFlops(double weights, double attentionElements) {

  public static ModelFlops of(ModelConfig config, ParameterLayout layout) {
    double lookedUp = config.tiedHead() ? 0 : (double) config.vocabSize() * config.hiddenSize();
    if (layout.positionEmbedding() != null) {
      lookedUp += (double) config.maxPositions() * config.hiddenSize();
    }
    return new ModelFlops(
        layout.parameterCount() - lookedUp, (double) config.numLayers() * config.attentionSize());
  }

  /**
   * Of a step.
   *
   * @param scoredPairs (query, key) pairs of one head: causal and within documents, or the whole
   *     square
   */
  public double of(double tokens, double scoredPairs) {
    return 6 * weights * tokens + 12 * attentionElements * scoredPairs;
  }
}
