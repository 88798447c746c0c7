package org.memo.profile;

import java.util.function.Consumer;
import org.memo.device.Device;
import org.memo.device.simulated.SimulatedDevice;
import org.memo.device.simulated.SimulatedDevice.Recorded;
import org.memo.memory.RecordingAllocator;
import org.memo.memory.SlabAllocator;
import org.memo.op.AdamWStep;
import org.memo.step.StepProgram;
import org.memo.step.StepSettings;

/** Runs one step on the simulated device, which takes milliseconds and no memory. */
public final class JobProfiler {
  private static final AdamWStep ANY_STEP = new AdamWStep(1, 0, 0, 0, 1, 0, 1, 1);

  private JobProfiler() {}

  /** Profiles a step of one micro-batch, every window one document. */
  public static JobProfile profile(StepJob job, StepSettings settings) {
    return profile(job, settings, entry -> {});
  }

  /** The same, with an observer of every operation and event. */
  public static JobProfile profile(
      StepJob job, StepSettings settings, Consumer<Recorded> observer) {
    RecordingAllocator allocator = new RecordingAllocator();
    try (SimulatedDevice device = new SimulatedDevice(observer)) {
      StepProgram program = run(job, settings, device, allocator);
      return new JobProfile(
          allocator.trace(),
          device.pool().usedBytes(),
          program.swappedBytes(),
          program.recomputedTokens(),
          program.skeletalSizes());
    }
  }

  /** Submits the first rank's step of one micro-batch to a device; returns its program. */
  public static StepProgram run(
      StepJob job, StepSettings settings, Device device, SlabAllocator allocator) {
    StepProgram program =
        new StepProgram(job.config(), job.layout(), settings, 0, device, allocator);
    step(job, program);
    return program;
  }

  /** Submits another step. */
  public static void step(StepJob job, StepProgram program) {
    program.beginStep();
    program.microBatch(program.nextInputs(), job.batchSize(), job.scoredPairs(), 1f);
    program.endMicroBatches();
    program.optimize(ANY_STEP, ANY_STEP);
  }
}
