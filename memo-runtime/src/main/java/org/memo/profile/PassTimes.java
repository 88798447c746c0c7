package org.memo.profile;

import java.util.DoubleSummaryStatistics;
import java.util.HashMap;
import java.util.Map;
import org.memo.device.DeviceRegion;
import org.memo.device.simulated.OperationCosts;
import org.memo.device.simulated.SimulatedDevice;
import org.memo.device.simulated.TimedOperation;
import org.memo.memory.RecordingAllocator;
import org.memo.memory.SlabAllocator;
import org.memo.planner.cost.CostModel;
import org.memo.step.StepProgram;
import org.memo.step.StepSettings;

/** How long each kind of a layer's pass computes, without the waits for copies, by a cost model. */
public final class PassTimes {
  private static final String OUTSIDE = "";

  private final Map<String, Double> seconds = new HashMap<>();
  private final Map<String, Integer> passes = new HashMap<>();
  private final Map<String, DoubleSummaryStatistics> streams = new HashMap<>();
  private String pass = OUTSIDE;
  private boolean inSetup;

  private PassTimes() {}

  /** Of a job's step under these settings. */
  public static PassTimes of(StepJob job, StepSettings settings, CostModel costs) {
    PassTimes times = new PassTimes();
    try (SimulatedDevice device =
        new SimulatedDevice(entry -> {}, new OperationCosts(costs), times::add)) {
      JobProfiler.run(job, settings, device, times.new PassObserver());
    }
    return times;
  }

  /** The mean over the passes of a kind; 0 where there was none. */
  public double secondsOf(String kind) {
    return seconds.getOrDefault(kind, 0.0) / passes.getOrDefault(kind, 1);
  }

  /** Of all work outside layers but the setup: embedding, loss, optimizer. */
  public double otherSeconds() {
    return seconds.getOrDefault(OUTSIDE, 0.0);
  }

  /** The mean of an operation of a stream; 0 where there was none. */
  public double meanSecondsOn(String stream) {
    return streams.getOrDefault(stream, new DoubleSummaryStatistics()).getAverage();
  }

  private void add(TimedOperation operation) {
    double taken = operation.endSeconds() - operation.startSeconds();
    if (operation.stream().equals(StepProgram.COMPUTE) && !inSetup) {
      seconds.merge(pass, taken, Double::sum);
    }
    streams
        .computeIfAbsent(operation.stream(), name -> new DoubleSummaryStatistics())
        .accept(taken);
  }

  /** Knows which pass the program is in. */
  private final class PassObserver implements SlabAllocator {
    private final RecordingAllocator allocator = new RecordingAllocator();

    @Override
    public void beginSection(String section) {
      inSetup = section.equals(SETUP);
      allocator.beginSection(section);
    }

    @Override
    public void beginPass(String kind) {
      pass = kind;
      passes.merge(kind, 1, Integer::sum);
      allocator.beginPass(kind);
    }

    @Override
    public void endPass() {
      allocator.endPass();
      pass = OUTSIDE;
    }

    @Override
    public DeviceRegion allocate(String name, long sizeBytes) {
      return allocator.allocate(name, sizeBytes);
    }

    @Override
    public void free(DeviceRegion region) {
      allocator.free(region);
    }
  }
}
