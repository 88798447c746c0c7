package org.memo.planner.swap;

/**
 * What the slab holds once for all layers of a form, which use it one after the other. Of each kind
 * of rounding buffer there are two, and the last two layers that use them stay in them until their
 * backward pass.
 *
 * @param contents what of a swapped layer the buffers hold at once
 * @param swapBytes all buffers that swapped layers need, at alpha = 0
 * @param swapBytesPerAlpha by how much they are larger at alpha = 1
 * @param alphaSteps how many equal tiles that is, of which they hold whole ones; 0 if they grow
 *     with every token
 * @param inputBytes the buffers for inputs alone, where no layer is swapped but some are recomputed
 *     from the host
 * @param othersBytes room to compute the others again, where any layer that is not swapped needs it
 * @param attentionBytes room to compute an attention's output again
 */
public record RoundingSlots(
    Contents contents,
    long swapBytes,
    long swapBytesPerAlpha,
    int alphaSteps,
    long inputBytes,
    long othersBytes,
    long attentionBytes) {

  /** Of each kind of buffer. */
  public static final int COUNT = 2;

  /** k / n * n may be more than k by a rounding error. */
  private static final double STEP_TOLERANCE = 1e-9;

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
    TILES,
    /** Input and attention output; alpha is 0. */
    NO_OTHERS
  }

  /**
   * @throws IllegalArgumentException if a size is negative
   */
  public RoundingSlots {
    if (swapBytes < 0
        || swapBytesPerAlpha < 0
        || alphaSteps < 0
        || inputBytes < 0
        || othersBytes < 0
        || attentionBytes < 0) {
      throw new IllegalArgumentException(
          ("rounding buffers take %d + %d alpha bytes in %d steps, %d for inputs, %d for others and"
                  + " %d for attention; none may be negative")
              .formatted(
                  swapBytes,
                  swapBytesPerAlpha,
                  alphaSteps,
                  inputBytes,
                  othersBytes,
                  attentionBytes));
    }
  }

  /** Buffers that grow with every token. */
  public RoundingSlots(
      Contents contents,
      long swapBytes,
      long swapBytesPerAlpha,
      long inputBytes,
      long othersBytes,
      long attentionBytes) {
    this(contents, swapBytes, swapBytesPerAlpha, 0, inputBytes, othersBytes, attentionBytes);
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
      return swapBytes + growthBytes(alpha);
    }
    return recomputedFromHost > 0 ? inputBytes : 0;
  }

  private long growthBytes(double alpha) {
    return alphaSteps == 0
        ? (long) Math.floor(alpha * swapBytesPerAlpha)
        : (long) Math.ceil(alpha * alphaSteps - STEP_TOLERANCE) * stepBytes();
  }

  /** What a step more takes; the steps together may be a little more than the whole. */
  public long stepBytes() {
    return alphaSteps == 0 ? 0 : Math.ceilDiv(swapBytesPerAlpha, alphaSteps);
  }

  /** The largest alpha for which buffers may grow by so much. */
  double largestAlpha(long growthBytes) {
    if (contents == Contents.NO_OTHERS) {
      return growthBytes < 0 ? -1 : 0;
    }
    if (swapBytesPerAlpha == 0) {
      return growthBytes < 0 ? -1 : 1;
    }
    return alphaSteps == 0
        ? (double) growthBytes / swapBytesPerAlpha
        : (double) Math.floorDiv(growthBytes, stepBytes()) / alphaSteps;
  }
}
