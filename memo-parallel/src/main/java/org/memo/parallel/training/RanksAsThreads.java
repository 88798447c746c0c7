package org.memo.parallel.training;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.memo.collective.Collectives;
import org.memo.parallel.InProcessRanks;
import org.memo.train.TrainListener;
import org.memo.train.TrainOptions;
import org.memo.train.TrainSummary;
import org.memo.train.Trainer;

/** A run of several ranks in this process, each with a trainer and a thread of its own. */
final class RanksAsThreads implements Training {
  private final int ranks;
  private final TrainOptions options;
  private final TrainListener listener;
  private final StuckWatch stuckWatch;
  private final List<Trainer> trainers = new CopyOnWriteArrayList<>();
  private volatile boolean stopRequested;
  private volatile @Nullable TrainSummary summary;

  RanksAsThreads(
      int ranks, TrainOptions options, TrainListener listener, Consumer<Throwable> whenStuck) {
    this.ranks = ranks;
    this.options = options;
    this.listener = listener;
    this.stuckWatch = new StuckWatch(options.parallel().rankTimeout(), whenStuck);
  }

  /** Opens the trainers first, each on its rank's thread. */
  @Override
  public TrainSummary run() {
    try {
      InProcessRanks.run(ranks, options.parallel().rankTimeout(), this::train);
    } finally {
      stuckWatch.ended();
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
      stuckWatch.failed(e);
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
