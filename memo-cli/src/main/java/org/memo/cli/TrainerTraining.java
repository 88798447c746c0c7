package org.memo.cli;

import org.memo.train.TrainListener;
import org.memo.train.TrainOptions;
import org.memo.train.TrainSummary;
import org.memo.train.Trainer;

/** A {@link Trainer} as the command line sees it. */
record TrainerTraining(Trainer trainer) implements Training {

  static Training open(TrainOptions options, TrainListener listener, LastResort lastResort) {
    if (options.parallel().ranksOfOneProcess() > 1) {
      return new RanksTraining(options, listener, lastResort);
    }
    return new TrainerTraining(Trainer.open(options, listener));
  }

  @Override
  public TrainSummary run() {
    return trainer.run();
  }

  @Override
  public void requestStop() {
    trainer.requestStop();
  }

  @Override
  public void close() {
    trainer.close();
  }
}
