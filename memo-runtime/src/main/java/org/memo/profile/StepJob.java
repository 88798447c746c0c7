package org.memo.profile;

import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;
import org.memo.planner.cost.ElementType;
import org.memo.step.ParallelLayout;

/**
 * What is to be trained on, whatever the step's layout.
 *
 * @param batchSize B: windows of a micro-batch, of each group of ranks that share a sequence
 * @param sequenceLength S: tokens of a window
 * @param type of activations, and of the parameters that compute
 * @param documents that start inside windows, in all data; 0 where every window is one
 */
public record StepJob(
    ModelConfig config,
    ParameterLayout layout,
    long batchSize,
    long sequenceLength,
    ElementType type,
    ParallelLayout ranks,
    long documents) {
  /** Of data that may hold any. */
  private static final long UNKNOWN = Long.MAX_VALUE;

  /** Over data with any number of documents. */
  public StepJob(
      ModelConfig config,
      ParameterLayout layout,
      long batchSize,
      long sequenceLength,
      ElementType type,
      ParallelLayout ranks) {
    this(config, layout, batchSize, sequenceLength, type, ranks, UNKNOWN);
  }

  /** On one rank, in f32. */
  public static StepJob onOneRank(
      ModelConfig config, ParameterLayout layout, long batchSize, long sequenceLength) {
    return onOneRank(config, layout, batchSize, sequenceLength, ElementType.F32);
  }

  /** On one rank. */
  public static StepJob onOneRank(
      ModelConfig config,
      ParameterLayout layout,
      long batchSize,
      long sequenceLength,
      ElementType type) {
    return new StepJob(config, layout, batchSize, sequenceLength, type, ParallelLayout.SINGLE);
  }

  /** B * S: the tokens of a micro-batch, over all ranks that share it. */
  public long sharedTokens() {
    return Math.multiplyExact(batchSize, sequenceLength);
  }

  /** T = ceil(B * S / P): the tokens that a rank holds, padding included. */
  public long rankTokens() {
    return ranks.tokensOfRank(sharedTokens());
  }

  /** At most, of a micro-batch: of documents, windows and padding. */
  public long segments() {
    long padded = ranks.sequenceParallel() * rankTokens();
    boolean any = documents >= padded / batchSize;
    return any ? padded : Math.min(padded, batchSize * (documents + 1) + 1);
  }

  /** (query, key) pairs of one head where every window is one document. */
  public double scoredPairs() {
    return batchSize * (sequenceLength / 2.0) * (sequenceLength + 1);
  }

  /** The same with other sequences. */
  public StepJob withSequenceLength(long tokens) {
    return new StepJob(config, layout, batchSize, tokens, type, ranks, documents);
  }

  /** The same on ranks that share it in another way. */
  public StepJob with(ParallelLayout other) {
    return new StepJob(config, layout, batchSize, sequenceLength, type, other, documents);
  }

  /** The same for a model of only so many layers. */
  public StepJob withLayers(int layers) {
    ModelConfig fewer = config.withNumLayers(layers);
    return new StepJob(
        fewer, ParameterLayout.of(fewer), batchSize, sequenceLength, type, ranks, documents);
  }
}
