package org.memo.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A run that was made, with all that its listener was told. */
record RecordedRun(TrainSummary summary, PlanSummary plan, List<StepMetrics> steps) {

  static RecordedRun of(TrainOptions options) {
    return of(options, trainer -> {});
  }

  /**
   * @param afterStep is given the trainer after each step
   */
  static RecordedRun of(TrainOptions options, Consumer<Trainer> afterStep) {
    Listener listener = new Listener(afterStep);
    try (Trainer trainer = Trainer.open(options, listener)) {
      listener.trainer.add(trainer);
      TrainSummary summary = trainer.run();
      return new RecordedRun(summary, trainer.planSummary(), listener.steps);
    }
  }

  double[] losses() {
    return steps.stream().mapToDouble(StepMetrics::loss).toArray();
  }

  Path weights() {
    return summary.lastCheckpoint().resolve("model.safetensors");
  }

  private static final class Listener implements TrainListener {
    private final List<StepMetrics> steps = new ArrayList<>();
    private final List<Trainer> trainer = new ArrayList<>();
    private final Consumer<Trainer> afterStep;

    private Listener(Consumer<Trainer> afterStep) {
      this.afterStep = afterStep;
    }

    @Override
    public void step(StepMetrics metrics) {
      steps.add(metrics);
      trainer.forEach(afterStep);
    }
  }
}
