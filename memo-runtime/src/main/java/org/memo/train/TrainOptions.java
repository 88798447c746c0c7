package org.memo.train;

/**
 * Everything that {@code memo train} is told, checked and with defaults filled in. Each part checks
 * its own values when made, so that no instance holds a value that the interface calls invalid;
 * {@link TrainOption} lists the same options as text.
 *
 * @param seed of the initial weights and of the shuffled order
 */
public record TrainOptions(
    ModelOptions model,
    DataOptions data,
    BatchOptions batch,
    OptimizerOptions optimizer,
    LearningRateSchedule schedule,
    DeviceOptions device,
    SwapOptions swap,
    ParallelOptions parallel,
    OutputOptions output,
    long seed) {

  /** A builder that holds the defaults; model, data and output have none. */
  public static TrainOptionsBuilder builder() {
    return new TrainOptionsBuilder();
  }

  /** The same options, with another decision about what moves. */
  TrainOptions withSwap(SwapOptions decided) {
    return new TrainOptions(
        model, data, batch, optimizer, schedule, device, decided, parallel, output, seed);
  }

  /** The options as the run folder's {@code config.yaml}; {@code --config} loads it back. */
  public String toYaml() {
    return TrainOptionsYaml.write(this);
  }
}
