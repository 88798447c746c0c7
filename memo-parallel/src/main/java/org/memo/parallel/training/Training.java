package org.memo.parallel.training;

import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.memo.parallel.control.Secret;
import org.memo.parallel.launch.Launch;
import org.memo.train.TrainListener;
import org.memo.train.TrainOptions;
import org.memo.train.TrainSummary;

/** A run, opened: its input is checked, and what can be planned before it begins is. */
public interface Training extends AutoCloseable {

  /**
   * Opens a run by the ranks that this process is to have: the one that a launcher (torchrun,
   * Slurm, Open MPI) says in the environment, or else all that the options ask for.
   *
   * @param listener hears of the run on rank 0 alone
   * @throws org.memo.UserInputException when the input is wrong, or ranks are not alike
   * @throws org.memo.DoesNotFitException when the step does not fit into the memory limits
   * @throws org.memo.bindings.MissingLibraryException when a native library is missing
   * @throws org.memo.collective.LostRankException when another rank has failed
   */
  static Training open(TrainOptions options, TrainListener listener) {
    Map<String, String> environment = System.getenv();
    Optional<Launch> launch = Launch.ofEnvironment(environment);
    Consumer<Throwable> leaveIt = failure -> {};
    return launch.isPresent()
        ? open(launch.get(), Secret.ofEnvironment(environment), options, listener, leaveIt)
        : open(options, listener, leaveIt);
  }

  /**
   * Opens a run that no launcher has started.
   *
   * @param whenStuck is told of the failure of a run that does not come to an end for a tenth of
   *     the ranks' timeout, so that the process can be ended
   */
  static Training open(
      TrainOptions options, TrainListener listener, Consumer<Throwable> whenStuck) {
    int ranks = options.parallel().ranksOfOneProcess();
    return ranks > 1
        ? new RanksAsThreads(ranks, options, listener, whenStuck)
        : OneRank.open(options, listener);
  }

  /** Meets the other ranks of a launched run, and opens it together with them. */
  static Training open(
      Launch launch,
      Secret secret,
      TrainOptions options,
      TrainListener listener,
      Consumer<Throwable> whenStuck) {
    return RankAsProcess.open(launch, secret, options, listener, whenStuck);
  }

  /** Tells the other ranks of a launched run why this one cannot begin. */
  static void decline(Launch launch, Secret secret, Throwable failure) {
    RankAsProcess.decline(launch, secret, failure);
  }

  /**
   * Trains until the last step, or until the step in which a stop is requested; then a checkpoint
   * is written.
   *
   * @throws org.memo.RunFailedException when a step or a checkpoint fails; the last one is whole
   */
  TrainSummary run();

  /** Asks for a stop after the current step and its checkpoint; may be called by any thread. */
  void requestStop();

  /**
   * The largest of the numbers that the processes of the run bring, each of which asks once it has
   * run.
   *
   * @param what the number is, the same for all
   */
  default int largest(String what, int mine) {
    return mine;
  }

  @Override
  void close();
}
