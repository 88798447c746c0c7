package org.memo.parallel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import org.memo.collective.Collectives;
import org.memo.data.BatchPart;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.host.HostDevice;
import org.memo.memory.PlannedAllocator;
import org.memo.model.ParameterLayout;
import org.memo.op.AdamWStep;
import org.memo.planner.MemoryPlan;
import org.memo.profile.JobProfile;
import org.memo.profile.JobProfiler;
import org.memo.profile.StepJob;
import org.memo.step.InputStaging;
import org.memo.step.ModelStates;
import org.memo.step.ParallelLayout;
import org.memo.step.StepProgram;
import org.memo.step.StepSettings;

/**
 * Some steps of AdamW on all ranks of a layout, a device each, with no more memory than the plan
 * says. The windows are the same whatever the layout: {@link #WINDOWS} a micro-batch, which the
 * groups that share a sequence divide among them.
 */
final class RankedTraining {
  static final int WINDOWS = 4;
  static final int WINDOW_TOKENS = 18;
  private static final int STEPS = 3;
  private static final int MICRO_BATCHES = 2;
  private static final double CLIP = 0.5;
  private static final Duration TIMEOUT = Duration.ofSeconds(50);

  private final TestModel model;
  private final StepSettings settings;
  private final Devices devices;
  private final MemoryPlan plan;
  private final long poolBytes;
  private final List<List<TestBatch>> batches = new ArrayList<>();
  private final Map<Integer, TrainedSteps> ofRanks = new ConcurrentSkipListMap<>();

  /** Opens the device of a rank. */
  @FunctionalInterface
  interface Devices {
    Device open(long slabBytes, long poolBytes, Collectives collectives);
  }

  private RankedTraining(TestModel model, StepSettings settings, Devices devices) {
    this.model = model;
    this.devices = devices;
    this.settings = settings;
    JobProfile profile =
        JobProfiler.profile(
            new StepJob(
                model.config(),
                model.layout(),
                settings.batchSize(),
                settings.sequenceLength(),
                settings.type(),
                settings.ranks()),
            settings);
    this.plan = MemoryPlan.of(profile.trace());
    this.poolBytes = profile.hostPoolBytes();
    Random random = new Random(7);
    for (int step = 0; step < STEPS; step++) {
      List<TestBatch> ofStep = new ArrayList<>();
      for (int i = 0; i < MICRO_BATCHES; i++) {
        ofStep.add(TestBatch.random(WINDOWS, WINDOW_TOKENS, random));
      }
      batches.add(ofStep);
    }
  }

  /** Trains on all ranks, which must agree to the bit on all that several of them hold. */
  static TrainedSteps run(TestModel model, StepSettings settings) {
    return run(
        model,
        settings,
        (slabBytes, poolBytes, collectives) ->
            new HostDevice(slabBytes, poolBytes, 1, collectives));
  }

  /** The same, on any devices. */
  static TrainedSteps run(TestModel model, StepSettings settings, Devices devices) {
    RankedTraining training = new RankedTraining(model, settings, devices);
    InProcessRanks.run(settings.ranks().ranks(), TIMEOUT, training::rank);
    return TrainedSteps.merged(List.copyOf(training.ofRanks.values()));
  }

  private void rank(Collectives collectives) {
    try (Device device = devices.open(plan.slabBytes(), poolBytes, collectives)) {
      int rank = collectives.rank();
      PlannedAllocator allocator = new PlannedAllocator(plan);
      StepProgram program =
          new StepProgram(model.config(), model.layout(), settings, rank, device, allocator);
      ModelStates states = program.states();
      MemorySegment start = model.parameters(1);
      states.upload(
          device,
          (tensor, first, values) -> values.copyFrom(run(start, tensor, first, values)),
          rank,
          states.parameters());
      List<Double> losses = new ArrayList<>();
      List<Double> norms = new ArrayList<>();
      for (int step = 0; step < STEPS; step++) {
        step(program, step, rank, losses, norms);
      }
      ofRanks.put(
          rank,
          new TrainedSteps(
              losses,
              norms,
              share(device, states, states.parameters(), rank),
              share(device, states, states.firstMoment(), rank),
              share(device, states, states.secondMoment(), rank)));
      assertEquals(plan.slabBytes(), allocator.peakBytes(), "peak of the slab");
      assertEquals(poolBytes, device.pool().usedBytes(), "bytes of the pool");
    }
  }

  private void step(
      StepProgram program, int step, int rank, List<Double> losses, List<Double> norms) {
    long counted = batches.get(step).stream().mapToLong(TestBatch::countedTargets).sum();
    ParallelLayout ranks = settings.ranks();
    BatchPart part = ranks.part(rank, settings.batchSize() * settings.sequenceLength());
    program.beginStep();
    for (TestBatch batch : batches.get(step)) {
      TestBatch ofGroup =
          batch
              .part(rank / ranks.sequenceParallel(), ranks.dataParallel())
              .padded(Math.toIntExact(part.allTokens()));
      InputStaging.Buffer buffer = program.nextInputs();
      ofGroup.fill(buffer, part);
      program.microBatch(buffer, ofGroup.numSegments(), 1, (float) (1.0 / counted));
    }
    StepProgram.StepResult result = program.endMicroBatches();
    losses.add(result.lossSum() / counted);
    norms.add(result.gradientNorm());
    double scale = Math.min(1, CLIP / result.gradientNorm());
    program.optimize(adamW(step, scale, 0.1), adamW(step, scale, 0));
  }

  /** A whole vector of what the rank holds, the rest not numbers. */
  private float[] share(Device device, ModelStates states, DeviceRegion state, int rank) {
    float[] whole = new float[Math.toIntExact(model.layout().elements())]; // padding is 0
    for (ParameterLayout.Tensor tensor : model.layout().tensors()) {
      Arrays.fill(whole, (int) tensor.offsetElements(), (int) tensor.endElements(), Float.NaN);
    }
    MemorySegment floats = MemorySegment.ofArray(whole);
    try {
      states.download(
          device,
          state,
          rank,
          (tensor, first, values) -> run(floats, tensor, first, values).copyFrom(values));
    } catch (IOException e) {
      throw new AssertionError("nothing is written", e);
    }
    return whole;
  }

  /** Where a run of a tensor lies in a whole vector. */
  private static MemorySegment run(
      MemorySegment whole, ParameterLayout.Tensor tensor, long first, MemorySegment values) {
    return whole.asSlice((tensor.offsetElements() + first) * Float.BYTES, values.byteSize());
  }

  private static AdamWStep adamW(int step, double scale, double decay) {
    return new AdamWStep(
        scale,
        0.01,
        0.9,
        0.95,
        1e-6,
        decay,
        1 - Math.pow(0.9, step + 1),
        1 - Math.pow(0.95, step + 1));
  }
}
