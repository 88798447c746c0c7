package org.memo.train;

import java.nio.file.Path;

/** Of a rank that does not lead: one voice is enough. */
final class SilentListener implements TrainListener {
  @Override
  public void message(String line) {}

  @Override
  public void planned(PlanSummary plan) {}

  @Override
  public void step(StepMetrics metrics) {}

  @Override
  public void checkpoint(long step, Path folder) {}
}
