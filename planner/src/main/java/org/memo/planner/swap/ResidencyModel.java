package org.memo.planner.swap;

import org.memo.planner.swap.RoundingSlots.Contents;

/**
 * What a choice of forms costs. With L layers, of which n_r are resident, n_c checkpointed, n_s
 * swapped, n_x recomputed and n_h recomputed from the host; I, A, O the bytes of input, attention
 * and others; F, B the seconds of a layer's passes; r, a those to compute others and attention
 * again; and m = max(0, n_s - 2), i = max(0, n_s + n_h - 2) the layers whose content (input) leaves
 * its rounding buffer:
 *
 * <pre>
 *   slab      n_r (I + A + O) + n_c (I + A) + n_x I + buffers(forms, alpha)
 *   copied    C = i I + m A + alpha k O            each way, and held by the host
 *   again     R = n_c r + (n_x + n_h) (r + a) + (1 - alpha) q r
 *   stall out S = max(0, C / offload  - (L - 2) F)
 *   stall in  T = max(0, C / prefetch - (L - 2) B - R)
 *   step      L (F + B) + other + R + S + T
 * </pre>
 *
 * <p>q counts the layers that compute others again: all n_s, or m where buffers hold whole layers.
 * k counts those that copy others: m, or all n_s where buffers hold tiles; then the copies of
 * others hide behind token-wise computation alone, which takes about r forward, beside the copy of
 * the attention's output, and 2 r backward: also S &gt;= (m A + n_s alpha O) / offload - n_s r and
 * T &gt;= n_s (alpha O / prefetch - 2 r).
 *
 * <p>Why L - 2 in S and T: the first copy starts when the first layer has been computed and the
 * last must have ended when a buffer is needed for the last time, in the paper by layer L - 1;
 * backward is its mirror image. With the last two layers in their buffers and the others swapped, S
 * = 0 is the paper's (I + A + alpha O) / bandwidth &lt;= F.
 */
public final class ResidencyModel {

  private final LayerCosts costs;
  private final Budgets budgets;

  /**
   * @throws IllegalArgumentException if all layers and buffers together are more than 2^62 bytes
   */
  public ResidencyModel(LayerCosts costs, Budgets budgets) {
    this.costs = costs;
    this.budgets = budgets;
    RoundingSlots slots = budgets.slots();
    double most =
        (double) costs.skeletalBytes() * budgets.layers()
            + slots.swapBytes()
            + slots.swapBytesPerAlpha()
            + slots.inputBytes()
            + slots.othersBytes()
            + slots.attentionBytes();
    if (most > 0x1p62) {
      throw new IllegalArgumentException(
          "%d layers of %d bytes and their buffers are more than 2^62 bytes"
              .formatted(budgets.layers(), costs.skeletalBytes()));
    }
  }

  LayerCosts costs() {
    return costs;
  }

  Budgets budgets() {
    return budgets;
  }

  /** Bytes of the slab. */
  public long slabBytes(FormCounts counts) {
    return budgets.slots().bytes(counts)
        + counts.resident() * LayerForm.RESIDENT.slabBytes(costs)
        + counts.checkpointed() * LayerForm.CHECKPOINTED.slabBytes(costs)
        + counts.recomputed() * LayerForm.RECOMPUTED.slabBytes(costs);
  }

  /** Bytes of host memory, and of the copies each way. */
  public long copiedBytes(FormCounts counts) {
    return fixedCopiedBytes(counts.swapped(), counts.recomputedFromHost())
        + copyingOthers(counts.swapped()) * (long) Math.floor(counts.alpha() * costs.othersBytes());
  }

  /** Bytes copied whatever alpha is. */
  long fixedCopiedBytes(int swapped, int recomputedFromHost) {
    return leaving(swapped + recomputedFromHost) * costs.inputBytes()
        + leaving(swapped) * costs.attentionBytes();
  }

  /** How many of so many users of two buffers are overwritten by a later one. */
  private static long leaving(int users) {
    return Math.max(0, users - RoundingSlots.COUNT);
  }

  /** Swapped layers whose others are copied. */
  long copyingOthers(int swapped) {
    return budgets.slots().contents() == Contents.TILES ? swapped : leaving(swapped);
  }

  /** Swapped layers whose others are computed again where they were not copied. */
  long recomputingOthers(int swapped) {
    return budgets.slots().contents() == Contents.WHOLE_LAYER ? leaving(swapped) : swapped;
  }

  /** What computing again adds to the step. */
  public double recomputeSeconds(FormCounts counts) {
    int attentionsAgain = counts.recomputed() + counts.recomputedFromHost();
    double othersAgain =
        counts.checkpointed()
            + attentionsAgain
            + (1 - counts.alpha()) * recomputingOthers(counts.swapped());
    return othersAgain * costs.othersRecomputeSeconds()
        + attentionsAgain * costs.attentionRecomputeSeconds();
  }

  /** The way of a copy. */
  enum Direction {
    TO_HOST,
    TO_DEVICE
  }

  /** How long the forward pass waits for copies. */
  public double offloadStallSeconds(FormCounts counts) {
    return stallSeconds(counts, Direction.TO_HOST);
  }

  /** How long the backward pass waits for copies. */
  public double prefetchStallSeconds(FormCounts counts) {
    return stallSeconds(counts, Direction.TO_DEVICE);
  }

  private double stallSeconds(FormCounts counts, Direction direction) {
    double stall = Math.max(0, excessSeconds(counts, direction));
    return budgets.slots().contents() == Contents.TILES
        ? Math.max(stall, tileExcessSeconds(counts, direction))
        : stall;
  }

  /** All copies less the layers that hide them; linear in alpha. */
  double excessSeconds(FormCounts counts, Direction direction) {
    long hidingLayers = Math.max(0, budgets.layers() - RoundingSlots.COUNT);
    double hiding =
        direction == Direction.TO_HOST
            ? hidingLayers * costs.forwardSeconds()
            : hidingLayers * costs.backwardSeconds() + recomputeSeconds(counts);
    double copied =
        fixedCopiedBytes(counts.swapped(), counts.recomputedFromHost())
            + copyingOthers(counts.swapped()) * counts.alpha() * costs.othersBytes();
    return copySeconds(copied, direction) - hiding;
  }

  /** Copies of tiles less the token-wise computation that hides them; linear in alpha. */
  double tileExcessSeconds(FormCounts counts, Direction direction) {
    double others = counts.swapped() * counts.alpha() * costs.othersBytes();
    double tokenWise = counts.swapped() * costs.othersRecomputeSeconds();
    if (direction == Direction.TO_DEVICE) {
      return copySeconds(others, direction) - 2 * tokenWise;
    }
    double attentions = (double) leaving(counts.swapped()) * costs.attentionBytes();
    return copySeconds(others + attentions, direction) - tokenWise;
  }

  private double copySeconds(double bytes, Direction direction) {
    return seconds(
        bytes,
        direction == Direction.TO_HOST
            ? budgets.offloadBytesPerSecond()
            : budgets.prefetchBytesPerSecond());
  }

  /** Seconds to copy bytes; nothing takes no time even where nothing can be copied. */
  static double seconds(double bytes, double bytesPerSecond) {
    return bytes == 0 ? 0 : bytes / bytesPerSecond;
  }

  /** The step without anything computed again and without stalls. */
  public double computeSeconds() {
    return budgets.layers() * (costs.forwardSeconds() + costs.backwardSeconds())
        + budgets.otherSeconds();
  }

  /** The objective: seconds of the step. */
  public double stepSeconds(FormCounts counts) {
    return computeSeconds()
        + recomputeSeconds(counts)
        + offloadStallSeconds(counts)
        + prefetchStallSeconds(counts);
  }

  /** Whether slab and host memory suffice. */
  public boolean fits(FormCounts counts) {
    return slabBytes(counts) <= budgets.slabBytes()
        && copiedBytes(counts) <= budgets.hostBytes()
        && (counts.alpha() == 0 || budgets.slots().contents() != Contents.NO_OTHERS);
  }

  /** The largest alpha that both memories have room for; negative if not even 0. */
  public double largestAlpha(FormCounts counts) {
    return Math.min(1, Math.min(largestForHost(counts), largestForSlab(counts)));
  }

  /** Whether the slab is what limits alpha, rather than the host. */
  boolean slabLimitsAlpha(FormCounts counts) {
    return largestForSlab(counts) < largestForHost(counts);
  }

  private double largestForHost(FormCounts counts) {
    double othersBytes = (double) costs.othersBytes() * copyingOthers(counts.swapped());
    long room =
        budgets.hostBytes() - fixedCopiedBytes(counts.swapped(), counts.recomputedFromHost());
    return othersBytes == 0 ? (room < 0 ? -1 : 1) : room / othersBytes;
  }

  private double largestForSlab(FormCounts counts) {
    return budgets.slots().largestAlpha(budgets.slabBytes() - slabBytes(counts.withAlpha(0)));
  }
}
