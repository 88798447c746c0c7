package org.memo.parallel.training;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.Consumer;
import org.memo.parallel.control.ControlGroup;
import org.memo.parallel.control.Rendezvous;
import org.memo.parallel.control.Secret;
import org.memo.parallel.launch.Launch;
import org.memo.parallel.socket.SocketCollectives;
import org.memo.train.TrainListener;
import org.memo.train.TrainOptions;
import org.memo.train.TrainSummary;
import org.memo.train.Trainer;

/** One rank of a run whose ranks are processes. Whatever ends it, the others are told. */
final class RankAsProcess implements Training {
  /** How long a rank with wrong options waits for the others, to tell them. */
  private static final Duration MEETING = Duration.ofSeconds(30);

  private final ControlGroup group;
  private final SocketCollectives collectives;
  private final Trainer trainer;

  private RankAsProcess(ControlGroup group, SocketCollectives collectives, Trainer trainer) {
    this.group = group;
    this.collectives = collectives;
    this.trainer = trainer;
  }

  static Training open(
      Launch launch,
      Secret secret,
      TrainOptions options,
      TrainListener listener,
      Consumer<Throwable> whenStuck) {
    ControlGroup group = Rendezvous.meet(launch, secret, options.parallel().rankTimeout());
    group.onStuck(whenStuck::accept);
    try {
      SocketCollectives collectives = SocketCollectives.open(group);
      try {
        return new RankAsProcess(group, collectives, Trainer.open(options, listener, collectives));
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

  static void decline(Launch launch, Secret secret, Throwable failure) {
    try (ControlGroup group = Rendezvous.meet(launch, secret, MEETING)) {
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

  @Override
  public int largest(String what, int mine) {
    byte[] told = ByteBuffer.allocate(Integer.BYTES).putInt(mine).array();
    return group.exchange(what, told).stream()
        .mapToInt(number -> ByteBuffer.wrap(number).getInt())
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
