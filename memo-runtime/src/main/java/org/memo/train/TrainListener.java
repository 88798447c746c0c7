package org.memo.train;

import java.nio.file.Path;

/** Hears of a run as it goes on, on the thread that trains. */
public interface TrainListener {
  /** Something that a user wants to know once: which text, which device, which library. */
  void message(String line);

  /** The plan is made; steps follow. */
  void planned(PlanSummary plan);

  /** A step is done and its metrics are written. */
  void step(StepMetrics metrics);

  /** A checkpoint is whole. */
  void checkpoint(long step, Path folder);
}
