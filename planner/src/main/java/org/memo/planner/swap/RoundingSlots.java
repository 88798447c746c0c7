package org.memo.planner.swap;

/**
 * What the slab holds once for all layers of a form, which use it one after the other. Of each kind
 * of rounding buffer there are two, and the last two layers that use them stay in them until their
 * backward pass.
 *
 * @param contents what of a swapped layer the buffers hold at once
 * @param swapBytes all buffers that swapped layers need, at alpha = 0
 * @param swapBytesPerAlpha by how much they are larger at alpha = 1
 * @param inputBytes the buffers for inputs alone, where no layer is swapped but some are recomputed
 *     from the host
 * @param othersBytes room to compute the others again, where any layer that is not swapped needs it
 * @param attentionBytes room to compute an attention's output again
 */
public record RoundingSlots(
    Contents contents,
    long swapBytes,
    long swapBytesPerAlpha,
    long inputBytes,
    long othersBytes,
    long attentionBytes) {

  /** Of each kind of buffer. */
  public static final int COUNT = 2;

  /** What of a swapped layer its buffers hold at once. */
  public enum Contents {
    /** All of it, as in the paper: the last two layers are neither copied nor computed again. */
    WHOLE_LAYER,
    /** What is swapped: the last two layers are not copied. */
    SWAPPED_PART,
    /**
     * Input and attention output; of the others no more than two tiles, so that their copies hide
     * only behind the token-wise computation beside which they are made or used.
     */
    TILES
  }

  /**
   * @throws IllegalArgumentException if a size is negative
   */
  public RoundingSlots {
    if (swapBytes < 0
        || swapBytesPerAlpha < 0
        || inputBytes < 0
        || othersBytes < 0
        || attentionBytes < 0) {
      throw new IllegalArgumentException(
          ("rounding buffers take %d + %d alpha bytes, %d for inputs, %d for others and %d for"
                  + " attention; none may be negative")
              .formatted(swapBytes, swapBytesPerAlpha, inputBytes, othersBytes, attentionBytes));
    }
  }

  /** The paper's: two buffers of a whole layer each. */
  public static RoundingSlots wholeLayers(LayerCosts costs) {
    return new RoundingSlots(
        Contents.WHOLE_LAYER,
        Math.multiplyExact(COUNT, costs.skeletalBytes()),
        0,
        Math.multiplyExact(COUNT, costs.inputBytes()),
        costs.othersBytes(),
        costs.attentionBytes());
  }

  /** Bytes for the forms in use. */
  long bytes(FormCounts counts) {
    boolean attention = counts.recomputed() + counts.recomputedFromHost() > 0;
    boolean others = attention || counts.checkpointed() > 0;
    return bufferBytes(counts.swapped(), counts.recomputedFromHost(), counts.alpha())
        + (others ? othersBytes : 0)
        + (attention ? attentionBytes : 0);
  }

  /** Bytes of the buffers for so many layers that copy. */
  long bufferBytes(int swapped, int recomputedFromHost, double alpha) {
    if (swapped > 0) {
      return swapBytes + (long) Math.floor(alpha * swapBytesPerAlpha);
    }
    return recomputedFromHost > 0 ? inputBytes : 0;
  }
}
