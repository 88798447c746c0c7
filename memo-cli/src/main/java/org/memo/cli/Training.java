package org.memo.cli;

import org.memo.train.TrainListener;
import org.memo.train.TrainOptions;
import org.memo.train.TrainSummary;

/** What {@code memo train} needs of a trainer. */
interface Training extends AutoCloseable {
  /** Trains until the last step, or until the step in which a stop is requested. */
  TrainSummary run();

  /** Asks for a stop after the current step and its checkpoint; may be called by any thread. */
  void requestStop();

  /**
   * The exit code of a run that was stopped early, the same for all its processes.
   *
   * @param mine that of the signal that came to this process; 0 where none came
   */
  default int stopCode(int mine) {
    return mine;
  }

  @Override
  void close();

  /** Makes one. */
  interface Opener {
    Training open(TrainOptions options, TrainListener listener, LastResort lastResort);
  }
}
