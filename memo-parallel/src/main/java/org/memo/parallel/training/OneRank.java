package org.memo.parallel.training;

import org.memo.train.TrainListener;
import org.memo.train.TrainOptions;
import org.memo.train.TrainSummary;
import org.memo.train.Trainer;

/** A run of one rank. */
record OneRank(Trainer trainer) implements Training {

  static Training open(TrainOptions options, TrainListener listener) {
    return new OneRank(Trainer.open(options, listener));
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
