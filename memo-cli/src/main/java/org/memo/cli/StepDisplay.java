package org.memo.cli;

import org.memo.train.StepMetrics;

/** How steps are shown as they pass. */
interface StepDisplay extends AutoCloseable {
  void show(StepMetrics metrics);

  /** Makes room for a line of something else. */
  void clear();

  /** Idempotent. */
  @Override
  void close();
}
