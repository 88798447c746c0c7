package org.memo.cli;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import org.memo.parallel.launch.ControlGroup;
import org.memo.parallel.launch.Launch;
import org.memo.parallel.launch.Rendezvous;
import org.memo.parallel.launch.Secret;
import org.memo.parallel.socket.SocketCollectives;
import org.memo.train.TrainListener;
import org.memo.train.TrainOptions;
import org.memo.train.TrainSummary;
import org.memo.train.Trainer;

/** One rank of a run whose ranks are processes. Whatever ends it, the others are told. */
final class ProcessTraining implements Training {
  /** How long a rank with wrong options waits for the others, to tell them. */
  private static final Duration MEETING = Duration.ofSeconds(30);

  private final ControlGroup group;
  private final SocketCollectives collectives;
  private final Trainer trainer;

  private ProcessTraining(ControlGroup group, SocketCollectives collectives, Trainer trainer) {
    this.group = group;
    this.collectives = collectives;
    this.trainer = trainer;
  }

  /** Meets the other ranks, and opens a trainer together with them. */
  static Training open(
      Launch launch,
      Map<String, String> environment,
      LastResort lastResort,
      TrainOptions options,
      TrainListener listener) {
    Secret secret = Secret.ofEnvironment(environment);
    ControlGroup group = Rendezvous.meet(launch, secret, options.parallel().rankTimeout());
    group.onStuck(lastResort::end);
    try {
      SocketCollectives collectives = SocketCollectives.open(group);
      try {
        return new ProcessTraining(
            group, collectives, Trainer.open(options, listener, collectives));
      } catch (RuntimeException | Error e) {
        group.fail(e);
        collectives.close();
        throw e;
      }
    } catch (RuntimeException | Error e) {
      group.fail(e);
      group.close();
      throw e;
    }
  }

  /** Tells the other ranks why this one cannot begin. */
  static void tell(Launch launch, Map<String, String> environment, Throwable failure) {
    try (ControlGroup group = Rendezvous.meet(launch, Secret.ofEnvironment(environment), MEETING)) {
      group.fail(failure);
    } catch (RuntimeException nobodyToTell) {
      failure.addSuppressed(nobodyToTell);
    }
  }

  @Override
  public TrainSummary run() {
    try {
      return trainer.run();
    } catch (RuntimeException | Error e) {
      group.fail(e);
      throw e;
    }
  }

  @Override
  public void requestStop() {
    trainer.requestStop();
  }

  /** The largest of those of all ranks. */
  @Override
  public int stopCode(int mine) {
    byte[] told = ByteBuffer.allocate(Integer.BYTES).putInt(mine).array();
    return group.exchange("the signal that stopped the run", told).stream()
        .mapToInt(code -> ByteBuffer.wrap(code).getInt())
        .max()
        .orElse(mine);
  }

  @Override
  public void close() {
    try (group;
        collectives;
        trainer) {
      // closed in the opposite order, all of them
    }
  }
}
