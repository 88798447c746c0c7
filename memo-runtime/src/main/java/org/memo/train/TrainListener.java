package org.memo.train;

import java.nio.file.Path;

/** Hears of a run as it goes on, on the thread that trains. By default it is silent. */
public interface TrainListener {
  /** One that leaves everything unsaid. */
  static TrainListener silent() {
    return new TrainListener() {};
  }

  /** Something that a user wants to know once: which text, which device, which library. */
  default void message(String line) {}

  /** The plan is made; steps follow. */
  default void planned(PlanSummary plan) {}

  /** A step is done and its metrics are written. */
  default void step(StepMetrics metrics) {}

  /** A checkpoint is whole. */
  default void checkpoint(long step, Path folder) {}
}
