package org.memo.train;

import java.nio.file.Path;

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

  /** The same options, with other decisions about where the run is and what moves. */
  TrainOptions with(DeviceOptions decidedDevice, SwapOptions decidedSwap) {
    return new TrainOptions(
        model,
        data,
        batch,
        optimizer,
        schedule,
        decidedDevice,
        decidedSwap,
        parallel,
        output,
        seed);
  }

  /** The same options; where the user named no run folder, with this one. */
  TrainOptions withDefaultFolder(Path runFolder) {
    return new TrainOptions(
        model,
        data,
        batch,
        optimizer,
        schedule,
        device,
        swap,
        parallel,
        output.given() ? output : output.withRunFolder(runFolder),
        seed);
  }

  /** The options as the run folder's {@code config.yaml}; {@code --config} loads it back. */
  public String toYaml() {
    return TrainOptionsYaml.write(this);
  }
}
