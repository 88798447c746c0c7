package org.memo.train;

import org.memo.RunFailedException;
import org.memo.data.BatchPart;
import org.memo.data.BatchShape;
import org.memo.op.AdamWStep;
import org.memo.step.InputStaging;
import org.memo.step.StepProgram;
import org.memo.step.StepProgram.StepResult;

/** One optimizer step: its micro-batches, the finite check, clipping and AdamW. */
final class TrainingStep {
  /** As torch.nn.utils.clip_grad_norm_: keeps the quotient finite. */
  private static final double CLIP_EPSILON = 1e-6;

  private final TrainOptions options;
  private final RunRanks ranks;
  private final StepProgram program;
  private final TrainingData data;

  /**
   * What a step came to. A step without a counted target has loss 0 and no gradient, and is made
   * all the same: moments and weights decay.
   *
   * @param loss mean over the counted targets; 0 where none counts
   * @param gradientNorm before clipping
   * @param scoredPairs (query, key) pairs of one head, of all ranks' sequences
   */
  record Outcome(double loss, double gradientNorm, double learningRate, double scoredPairs) {}

  TrainingStep(TrainOptions options, RunRanks ranks, StepProgram program, TrainingData data) {
    this.options = options;
    this.ranks = ranks;
    this.program = program;
    this.data = data;
  }

  /** The windows of a step, of all ranks. */
  static long windows(BatchOptions batch, RunRanks ranks) {
    return Math.multiplyExact(batch.stepWindows(), (long) ranks.layout().dataParallel());
  }

  /**
   * Runs a step.
   *
   * @param step counted from 1, over the whole run
   * @param firstWindow the index of its first window in the run's order
   * @throws RunFailedException when the loss or a gradient is not finite; the parameters are as
   *     before the step
   */
  Outcome run(long step, long firstWindow) {
    BatchOptions batch = options.batch();
    long counted = data.countedTargets(firstWindow, windows(batch, ranks));
    float gradientScale = counted == 0 ? 0 : (float) (1.0 / counted);
    BatchPart part = ranks.part(Math.multiplyExact(batch.batchSize(), batch.sequenceLength()));
    double pairs = 0;
    program.beginStep();
    for (long micro = 0; micro < batch.accumulate(); micro++) {
      InputStaging.Buffer buffer = program.nextInputs();
      long batchIndex = micro * ranks.layout().dataParallel() + ranks.group();
      long firstOfBatch = firstWindow + batchIndex * batch.batchSize();
      BatchShape shape = data.read(firstOfBatch, batch.batchSize(), part, buffer);
      double microPairs = TrainingData.scoredPairs(buffer.segmentOffsets(), shape.numSegments());
      program.microBatch(buffer, shape.numSegments(), microPairs, gradientScale);
      pairs += microPairs;
    }
    StepResult result = program.endMicroBatches();
    double loss = counted == 0 ? 0 : result.lossSum() / counted;
    requireFinite(step, loss, result.gradientNorm());
    double rate = options.schedule().rateForStep(step);
    double scale = clipScale(result.gradientNorm());
    OptimizerOptions optimizer = options.optimizer();
    double vectorDecay = optimizer.decay() == DecayRule.ALL ? optimizer.weightDecay() : 0;
    program.optimize(
        adamW(step, rate, scale, optimizer.weightDecay()), adamW(step, rate, scale, vectorDecay));
    return new Outcome(
        loss, result.gradientNorm(), rate, ranks.sumOverGroups("scored pairs", pairs));
  }

  private double clipScale(double gradientNorm) {
    double largest = options.optimizer().gradClip();
    return largest == 0 ? 1 : Math.min(1, largest / (gradientNorm + CLIP_EPSILON));
  }

  private AdamWStep adamW(long step, double rate, double scale, double decay) {
    OptimizerOptions optimizer = options.optimizer();
    return new AdamWStep(
        scale,
        rate,
        optimizer.beta1(),
        optimizer.beta2(),
        optimizer.eps(),
        decay,
        1 - Math.pow(optimizer.beta1(), step),
        1 - Math.pow(optimizer.beta2(), step));
  }

  private static void requireFinite(long step, double loss, double gradientNorm) {
    if (!Double.isFinite(loss) || !Double.isFinite(gradientNorm)) {
      throw new RunFailedException(
          step,
          "step %d: loss=%s grad_norm=%s is not finite".formatted(step, loss, gradientNorm),
          null);
    }
  }
}
