package org.memo.train;

import org.memo.UserInputException;

/**
 * How many tokens a step takes, and how many steps.
 *
 * @param sequenceLength S: tokens of a window
 * @param batchSize B: windows of a micro-batch, which pass through the model together
 * @param accumulate A: micro-batches of a step
 * @param steps optimizer steps of the run, those before a resumed checkpoint included
 */
public record BatchOptions(long sequenceLength, long batchSize, long accumulate, long steps) {
  public BatchOptions {
    OptionText.require(sequenceLength >= 1, "sequence-length", sequenceLength, "1 token or more");
    OptionText.require(batchSize >= 1, "batch-size", batchSize, "1 or more");
    OptionText.require(accumulate >= 1, "accumulate", accumulate, "1 or more");
    OptionText.require(steps >= 1, "steps", steps, "1 or more");
    try {
      long tokensPerStep =
          Math.multiplyExact(Math.multiplyExact(sequenceLength, batchSize), accumulate);
      Math.multiplyExact(tokensPerStep, steps);
    } catch (ArithmeticException overflow) {
      throw new UserInputException(
          ("--sequence-length %d x --batch-size %d x --accumulate %d x --steps %d is more tokens"
                  + " than a 64-bit number counts")
              .formatted(sequenceLength, batchSize, accumulate, steps));
    }
  }

  /** B*A: the windows of a step, of each group of ranks that share sequences. */
  public long stepWindows() {
    return batchSize * accumulate;
  }
}
