package org.memo.cli;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.memo.collective.Collectives;
import org.memo.parallel.InProcessRanks;
import org.memo.train.TrainListener;
import org.memo.train.TrainOptions;
import org.memo.train.TrainSummary;
import org.memo.train.Trainer;

/** A run of several ranks in this process, each with a trainer and a thread of its own. */
final class RanksTraining implements Training {
  private final TrainOptions options;
  private final TrainListener listener;
  private final LastResort lastResort;
  private final List<Trainer> trainers = new CopyOnWriteArrayList<>();
  private volatile boolean stopRequested;
  private volatile @Nullable TrainSummary summary;

  RanksTraining(TrainOptions options, TrainListener listener, LastResort lastResort) {
    this.options = options;
    this.listener = listener;
    this.lastResort = lastResort;
  }

  /** Opens the trainers first, each on its rank's thread. */
  @Override
  public TrainSummary run() {
    int ranks = options.parallel().ranksOfOneProcess();
    try {
      InProcessRanks.run(ranks, options.parallel().rankTimeout(), this::train);
    } finally {
      lastResort.stop();
    }
    TrainSummary made = summary;
    if (made == null) {
      throw new IllegalStateException("rank 0 ended without a summary");
    }
    return made;
  }

  private void train(Collectives collectives) {
    try (Trainer trainer = watched(() -> Trainer.open(options, listener, collectives))) {
      trainers.add(trainer);
      if (stopRequested) {
        trainer.requestStop();
      }
      TrainSummary made = watched(trainer::run);
      if (collectives.rank() == 0) {
        summary = made;
      }
    }
  }

  /** A trainer that failed may hang when it is closed: the time runs from its failure. */
  private <T> T watched(Supplier<T> work) {
    try {
      return work.get();
    } catch (RuntimeException | Error e) {
      lastResort.endAfter(options.parallel().rankTimeout(), e);
      throw e;
    }
  }

  @Override
  public void requestStop() {
    stopRequested = true;
    trainers.forEach(Trainer::requestStop);
  }

  /** The ranks have closed what they opened when {@link #run} returned. */
  @Override
  public void close() {}
}
