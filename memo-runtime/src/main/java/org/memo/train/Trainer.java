package org.memo.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.memo.DoesNotFitException;
import org.memo.RunFailedException;
import org.memo.UserInputException;
import org.memo.collective.Collectives;
import org.memo.collective.LostRankException;
import org.memo.collective.SingleRank;
import org.memo.device.Device;
import org.memo.device.DeviceException;
import org.memo.machine.LocalDevice;
import org.memo.memory.PlannedAllocator;
import org.memo.model.ModelFlops;
import org.memo.plan.StepPlan;
import org.memo.step.ModelStates;
import org.memo.step.StepProgram;

/**
 * Trains a model: profile, plan, execute. {@link #open} checks the input, plans and reserves all
 * memory; {@link #run} makes the steps. One thread uses a trainer; {@link #requestStop} may come
 * from any.
 */
public final class Trainer implements AutoCloseable {
  private final TrainOptions options;
  private final TrainListener listener;
  private final RunRanks ranks;
  private final TrainingModel model;
  private final TrainingData data;
  private final StepPlan plan;
  private final PlanSummary summary;
  private final RunFolder folder;
  private final Device device;
  private final PlannedAllocator allocator;
  private final StepProgram program;
  private final LocalDevice.Peak peak;
  private final ModelFlops flops;
  private long step;
  private long nextWindow;
  private @Nullable Checkpoint lastCheckpoint;
  private volatile boolean stopRequested;

  private Trainer(TrainOptions given, TrainListener listener, RunInput input) {
    this.listener = listener;
    this.ranks = input.ranks();
    this.model = input.model();
    this.data = input.data();
    this.folder = input.folder();
    LocalDevice local = input.device();
    RunPlan decided = RunPlan.of(given, input);
    this.options = decided.options();
    this.plan = decided.step();
    this.summary = decided.summary();
    this.flops = ModelFlops.of(model.config(), model.layout());
    this.peak = local.peak(options.device().precision());
    this.allocator = new PlannedAllocator(plan.memory());
    this.device =
        local.open(
            plan.memory().slabBytes(),
            plan.profile().hostPoolBytes(),
            ranks.collectives(),
            listener::message);
    try {
      this.program =
          new StepProgram(
              model.config(), model.layout(), plan.settings(), ranks.rank(), device, allocator);
      loadStates(input.resumed());
    } catch (RuntimeException e) {
      device.close();
      throw e;
    }
  }

  /**
   * Checks everything that the run needs, plans the step, and loads the model. Nothing is written.
   *
   * @throws org.memo.UserInputException when the input is wrong
   * @throws org.memo.DoesNotFitException when the step does not fit into the memory limits
   * @throws org.memo.bindings.MissingLibraryException when a native library is missing
   */
  public static Trainer open(TrainOptions options, TrainListener listener) {
    return open(options, listener, new SingleRank());
  }

  /**
   * The same for a rank of several, each with a trainer of its own; all of them run. They show each
   * other what they were given and what they planned before the first collective.
   *
   * @param listener hears of the run on rank 0 alone
   * @throws UserInputException also when the ranks are not alike
   * @throws LostRankException when another rank failed
   */
  public static Trainer open(TrainOptions given, TrainListener listener, Collectives collectives) {
    RankAgreement agreement = new RankAgreement(collectives);
    Path folder = given.output().runFolder().toAbsolutePath().normalize();
    TrainOptions options =
        given.withDefaultFolder(Path.of(agreement.ofLeader("run folder", folder.toString())));
    TrainListener heard = collectives.rank() == 0 ? listener : TrainListener.silent();
    RunInput input = RunInput.open(options, heard, collectives);
    try {
      agreement.requireAlike(RankProof.ofInput(options, input));
      return new Trainer(options, heard, input);
    } catch (RuntimeException e) {
      input.close();
      throw e;
    }
  }

  /**
   * Makes the steps that are left, and writes a checkpoint at the end.
   *
   * @throws RunFailedException when a step or a checkpoint fails; the last checkpoint is whole
   */
  public TrainSummary run() {
    if (ranks.leads()) {
      folder.take();
    }
    folder.requireShared(ranks);
    if (ranks.leads()) {
      folder.write(options, plan);
    }
    listener.message(
        "Device: %s; MFU is a share of %.0f GFLOP/s %s"
            .formatted(device.name(), peak.flops() * 1e-9, peak.source()));
    listener.planned(summary);
    long firstStep = step;
    double firstLoss = Double.NaN;
    double lastLoss = Double.NaN;
    long start = System.nanoTime();
    TrainingStep steps = new TrainingStep(options, ranks, program, data);
    try (MetricsWriter metrics = ranks.leads() ? folder.metrics(step) : MetricsWriter.none()) {
      while (step < options.batch().steps() && !isStopRequested()) {
        StepMetrics made = makeStep(steps);
        record(made, metrics);
        listener.step(made);
        firstLoss = step == firstStep + 1 ? made.loss() : firstLoss;
        lastLoss = made.loss();
        long every = options.output().checkpointEvery();
        if (every > 0 && step % every == 0) {
          writeCheckpoint();
        }
      }
    }
    double seconds = (System.nanoTime() - start) * 1e-9;
    Checkpoint last = lastCheckpoint;
    if (last == null || last.step() != step) {
      last = writeCheckpoint();
    }
    return new TrainSummary(
        step - firstStep,
        firstLoss,
        lastLoss,
        seconds,
        allocator.peakBytes(),
        device.pool().usedBytes(),
        summary.plainStepBytes(),
        last.folder(),
        step < options.batch().steps());
  }

  private boolean isStopRequested() {
    try {
      return ranks.any("stop requested", stopRequested);
    } catch (LostRankException e) {
      throw failed(step + 1, "step %d: %s".formatted(step + 1, e.getMessage()), e);
    }
  }

  /** Ends the run after the present step, with a checkpoint. */
  public void requestStop() {
    stopRequested = true;
  }

  /** Memory reserved by the device since it was made; constant from the first step on. */
  public long deviceAllocations() {
    return device.allocations();
  }

  /** What was decided before the first step. */
  public PlanSummary planSummary() {
    return summary;
  }

  @Override
  public void close() {
    try (folder;
        model;
        data;
        device) {
      // closed in the opposite order, all of them
    }
  }

  private StepMetrics makeStep(TrainingStep steps) {
    long swappedBefore = program.swappedBytes();
    long recomputedBefore = program.recomputedTokens();
    long stalledBefore = program.stalledNanos();
    long start = System.nanoTime();
    TrainingStep.Outcome outcome = attempt(steps);
    double seconds = (System.nanoTime() - start) * 1e-9;
    step++;
    long windows = TrainingStep.windows(options.batch(), ranks);
    long tokens = windows * options.batch().sequenceLength();
    nextWindow += windows;
    double square = (double) tokens * options.batch().sequenceLength();
    double limit = peak.flops() * ranks.layout().ranks() * seconds;
    return new StepMetrics(
        step,
        outcome.loss(),
        outcome.gradientNorm(),
        outcome.learningRate(),
        tokens,
        seconds,
        flops.of(tokens, outcome.scoredPairs()) / limit,
        flops.of(tokens, square) / limit,
        allocator.peakBytes(),
        device.pool().usedBytes(),
        program.swappedBytes() - swappedBefore,
        program.recomputedTokens() - recomputedBefore,
        (program.stalledNanos() - stalledBefore) * 1e-9);
  }

  private TrainingStep.Outcome attempt(TrainingStep steps) {
    long attempted = step + 1;
    try {
      TrainingStep.Outcome outcome = steps.run(attempted, nextWindow);
      ranks.requireSameCollectives(attempted);
      return outcome;
    } catch (DeviceException | LostRankException | UserInputException e) {
      throw failed(attempted, "step %d: %s".formatted(attempted, e.getMessage()), e);
    } catch (RunFailedException e) {
      throw failed(attempted, String.valueOf(e.getMessage()), e);
    } catch (InternalError e) {
      // What the JVM throws where a page of a mapped file cannot be read.
      String what = "step %d: the data cannot be read any more, was a file cut? (%s)";
      throw failed(attempted, what.formatted(attempted, e.getMessage()), e);
    }
  }

  private void record(StepMetrics made, MetricsWriter metrics) {
    try {
      metrics.write(made);
    } catch (RunFailedException e) {
      throw failed(step, "step %d: %s".formatted(step, e.getMessage()), e);
    }
  }

  private RunFailedException failed(long attempted, String what, Throwable cause) {
    Checkpoint last = lastCheckpoint;
    return new RunFailedException(attempted, what, kept(last), cause);
  }

  private static String kept(@Nullable Checkpoint last) {
    return last == null
        ? "no checkpoint was written yet"
        : "the last checkpoint, %s, is whole".formatted(last.folder());
  }

  private Checkpoint writeCheckpoint() {
    try {
      Checkpoint written =
          Checkpoint.write(folder.path(), step, nextWindow, ranks, model, device, program.states());
      lastCheckpoint = written;
      listener.checkpoint(step, written.folder());
      return written;
    } catch (DoesNotFitException e) {
      throw new DoesNotFitException(
          "step %d: the checkpoint does not fit on the disk: %s Free some and --resume; %s"
              .formatted(step, e.getMessage(), kept(lastCheckpoint)),
          e.neededBytes(),
          e.availableBytes());
    } catch (IOException | UserInputException e) {
      throw notWritten(String.valueOf(e), e);
    } catch (DeviceException | LostRankException e) {
      throw notWritten(String.valueOf(e.getMessage()), e);
    }
  }

  private RunFailedException notWritten(String why, Throwable cause) {
    return failed(
        step, "step %d: the checkpoint cannot be written: %s".formatted(step, why), cause);
  }

  private void loadStates(Optional<Checkpoint> resumed) {
    ModelStates states = program.states();
    LongWork work = new LongWork(ranks, "the states are loaded");
    states.upload(
        device, work.read(model.values(options.seed())), ranks.rank(), states.parameters());
    if (resumed.isPresent()) {
      Checkpoint checkpoint = resumed.get();
      checkpoint.loadMoments(ranks.rank(), work, device, states);
      step = checkpoint.step();
      nextWindow = checkpoint.nextWindow();
      lastCheckpoint = checkpoint;
    }
    work.finish();
  }
}
