package org.memo.planner.swap;

/**
 * How many layers have each form, and how much of the swapped ones is swapped.
 *
 * @param resident see {@link LayerForm#RESIDENT}
 * @param checkpointed see {@link LayerForm#CHECKPOINTED}
 * @param swapped see {@link LayerForm#SWAPPED}; the last two of them stay in the rounding buffers
 * @param recomputed see {@link LayerForm#RECOMPUTED}
 * @param recomputedFromHost see {@link LayerForm#RECOMPUTED_FROM_HOST}
 * @param alpha the fraction of the tokens whose others are swapped, in each swapped layer
 */
public record FormCounts(
    int resident,
    int checkpointed,
    int swapped,
    int recomputed,
    int recomputedFromHost,
    double alpha) {

  /** All layers. */
  public int layers() {
    return resident + checkpointed + swapped + recomputed + recomputedFromHost;
  }

  /** Layers of the given form. */
  public int of(LayerForm form) {
    return switch (form) {
      case RESIDENT -> resident;
      case CHECKPOINTED -> checkpointed;
      case SWAPPED -> swapped;
      case RECOMPUTED -> recomputed;
      case RECOMPUTED_FROM_HOST -> recomputedFromHost;
    };
  }

  /** The same layers with another alpha. */
  public FormCounts withAlpha(double other) {
    return new FormCounts(resident, checkpointed, swapped, recomputed, recomputedFromHost, other);
  }
}
