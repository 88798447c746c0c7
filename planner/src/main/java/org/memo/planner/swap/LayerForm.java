package org.memo.planner.swap;

/**
 * What a layer keeps between its forward and its backward pass, and where. The layer's input and
 * its attention's output are the two tensors from which everything else follows token by token.
 */
public enum LayerForm {
  /** Everything stays in the slab: nothing is copied, nothing computed again. */
  RESIDENT,
  /** Input and attention output stay in the slab; the rest is computed again. */
  CHECKPOINTED,
  /** Input and attention output are swapped whole; of the rest a fraction alpha of the tokens. */
  SWAPPED,
  /** The input stays in the slab; all else, the attention included, is computed again. */
  RECOMPUTED,
  /** As {@link #RECOMPUTED}, with the input swapped. */
  RECOMPUTED_FROM_HOST;

  /** Whether the attention's forward pass runs again before the layer's backward pass. */
  public boolean recomputesAttention() {
    return this == RECOMPUTED || this == RECOMPUTED_FROM_HOST;
  }

  /** Whether the layer's input leaves the slab. */
  public boolean swapsInput() {
    return this == SWAPPED || this == RECOMPUTED_FROM_HOST;
  }

  /** Bytes of the layer that the slab holds from its forward to its backward pass. */
  public long slabBytes(LayerCosts costs) {
    return switch (this) {
      case RESIDENT -> costs.skeletalBytes();
      case CHECKPOINTED -> costs.inputBytes() + costs.attentionBytes();
      case RECOMPUTED -> costs.inputBytes();
      case SWAPPED, RECOMPUTED_FROM_HOST -> 0;
    };
  }

  /** Bytes of the layer that go to the host, and come back. */
  public long hostBytes(LayerCosts costs, double alpha) {
    return switch (this) {
      case SWAPPED -> costs.profile().swappedBytes(alpha);
      case RECOMPUTED_FROM_HOST -> costs.inputBytes();
      case RESIDENT, CHECKPOINTED, RECOMPUTED -> 0;
    };
  }

  /** What computing again adds to the layer's backward pass. */
  public double recomputeSeconds(LayerCosts costs, double alpha) {
    return switch (this) {
      case RESIDENT -> 0;
      case CHECKPOINTED -> costs.othersRecomputeSeconds();
      case SWAPPED -> (1 - alpha) * costs.othersRecomputeSeconds();
      case RECOMPUTED, RECOMPUTED_FROM_HOST ->
          costs.othersRecomputeSeconds() + costs.attentionRecomputeSeconds();
    };
  }
}
