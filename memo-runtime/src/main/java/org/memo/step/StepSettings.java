package org.memo.step;

import java.util.Collections;
import java.util.List;
import org.memo.layer.TokenTile;
import org.memo.planner.cost.ElementType;
import org.memo.planner.swap.LayerForm;

/**
 * How a rank's step is laid out over time and memory. Swapping, tiles, forms and layout do not
 * change what the step computes, but for the last bits of sums over tiles.
 *
 * <p>Where P does not divide the tokens of a micro-batch, padding follows them, so that all ranks
 * hold equally many: a segment of its own whose targets do not count, and that changes nothing.
 *
 * @param batchSize B: windows of a micro-batch
 * @param sequenceLength S: tokens of a window
 * @param swappedTokens of the rank's T tokens, the leading ones whose skeletal activations are
 *     swapped in a swapped layer: alpha T; the others are recomputed
 * @param tileTokens how many tokens a token-wise segment handles at once; at most T
 * @param tileSlots rounding buffers for tiles, 2 or more
 * @param lastForms of the last layers, in the order of layers; those before them are swapped
 * @param lossTokens how many tokens the loss handles at once
 * @param layout of the swapped layers' activations
 * @param type of activations, and of the parameters that compute
 * @param ranks that share the work
 * @param headGroups in which a rank's heads attend one after another, a divisor of {@link
 *     org.memo.op.HeadExchange#mostGroups}: exchanges then hide behind attention, and attention
 *     takes less memory
 * @param segments at most, of a micro-batch: documents, windows and the padding
 */
public record StepSettings(
    long batchSize,
    long sequenceLength,
    long swappedTokens,
    long tileTokens,
    int tileSlots,
    List<LayerForm> lastForms,
    long lossTokens,
    ActivationLayout layout,
    ElementType type,
    ParallelLayout ranks,
    int headGroups,
    long segments) {

  public StepSettings {
    requirePositive("batchSize", batchSize);
    requirePositive("sequenceLength", sequenceLength);
    requirePositive("tileTokens", tileTokens);
    requirePositive("lossTokens", lossTokens);
    requirePositive("headGroups", headGroups);
    requirePositive("segments", segments);
    lastForms = List.copyOf(lastForms);
    long tokens = ranks.tokensOfRank(Math.multiplyExact(batchSize, sequenceLength));
    if (swappedTokens < 0 || swappedTokens > tokens) {
      throw new IllegalArgumentException("swappedTokens=" + swappedTokens + " is not in [0, T]");
    }
    if (tileSlots < 2) {
      throw new IllegalArgumentException("tileSlots=" + tileSlots + " is below 2");
    }
  }

  /** With all heads in one group, and as many segments as tokens. */
  public StepSettings(
      long batchSize,
      long sequenceLength,
      long swappedTokens,
      long tileTokens,
      int tileSlots,
      List<LayerForm> lastForms,
      long lossTokens,
      ActivationLayout layout,
      ElementType type,
      ParallelLayout ranks) {
    this(
        batchSize,
        sequenceLength,
        swappedTokens,
        tileTokens,
        tileSlots,
        lastForms,
        lossTokens,
        layout,
        type,
        ranks,
        1,
        ranks.sequenceParallel()
            * ranks.tokensOfRank(Math.multiplyExact(batchSize, sequenceLength)));
  }

  /** The same with other forms of the last layers. */
  public StepSettings withLastForms(List<LayerForm> forms) {
    return new StepSettings(
        batchSize,
        sequenceLength,
        swappedTokens,
        tileTokens,
        tileSlots,
        forms,
        lossTokens,
        layout,
        type,
        ranks,
        headGroups,
        segments);
  }

  /** The same with the heads in so many groups. */
  public StepSettings withHeadGroups(int groups) {
    return new StepSettings(
        batchSize,
        sequenceLength,
        swappedTokens,
        tileTokens,
        tileSlots,
        lastForms,
        lossTokens,
        layout,
        type,
        ranks,
        groups,
        segments);
  }

  /** T = ceil(B * S / P): the tokens that the rank holds of a micro-batch, padding included. */
  public long tokens() {
    return ranks.tokensOfRank(batchSize * sequenceLength);
  }

  /** U * T: the tokens of the rank's place in the ring, all of them where there is none. */
  public long placeTokens() {
    return ranks.ulysses() * tokens();
  }

  /** P * T: a micro-batch's tokens, padding included. */
  public long paddedTokens() {
    return ranks.sequenceParallel() * tokens();
  }

  /** What layer {@code index} of {@code layers} keeps. */
  public LayerForm form(int index, int layers) {
    int fromLast = index - (layers - lastForms.size());
    return fromLast < 0 ? LayerForm.SWAPPED : lastForms.get(fromLast);
  }

  /** How many layers keep everything in the slab. */
  public int residentLayers() {
    return Collections.frequency(lastForms, LayerForm.RESIDENT);
  }

  /** The tiles of the token-wise segments, in the order of tokens. */
  public List<TokenTile> tiles() {
    return TokenTile.cut(tokens(), swappedTokens, tileTokens);
  }

  private static void requirePositive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + "=" + value + " is not positive");
    }
  }
}
