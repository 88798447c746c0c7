package org.memo.profile;

import java.util.function.Consumer;
import org.memo.device.simulated.SimulatedDevice;
import org.memo.device.simulated.SimulatedDevice.Recorded;
import org.memo.memory.RecordingAllocator;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;
import org.memo.op.AdamWStep;
import org.memo.step.StepProgram;
import org.memo.step.StepSettings;

/** Runs one step on the simulated device, which takes milliseconds and no memory. */
public final class JobProfiler {
  private static final AdamWStep ANY_STEP = new AdamWStep(1, 0, 0, 0, 1, 0, 1, 1);

  private JobProfiler() {}

  /** Profiles a step of one micro-batch, every window one document. */
  public static JobProfile profile(
      ModelConfig config, ParameterLayout layout, StepSettings settings) {
    return profile(config, layout, settings, entry -> {});
  }

  /** The same, with an observer of every operation and event. */
  public static JobProfile profile(
      ModelConfig config,
      ParameterLayout layout,
      StepSettings settings,
      Consumer<Recorded> observer) {
    RecordingAllocator allocator = new RecordingAllocator();
    try (SimulatedDevice device = new SimulatedDevice(observer)) {
      StepProgram program = new StepProgram(config, layout, settings, device, allocator);
      double length = settings.sequenceLength();
      program.beginStep();
      program.microBatch(
          program.nextInputs(),
          settings.batchSize(),
          settings.batchSize() * length * (length + 1) / 2,
          1f);
      program.endMicroBatches();
      program.optimize(ANY_STEP, ANY_STEP);
      return new JobProfile(
          allocator.trace(),
          device.pool().usedBytes(),
          program.swappedBytes(),
          program.recomputedTokens());
    }
  }
}
