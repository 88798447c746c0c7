package org.memo.train;

import java.util.Optional;
import org.memo.collective.Collectives;
import org.memo.machine.LocalDevice;
import org.memo.machine.LocalDevices;

/** What a rank's run is made from, found and checked; nothing is written yet. */
record RunInput(
    RunRanks ranks,
    LocalDevice device,
    RunFolder folder,
    Optional<Checkpoint> resumed,
    TrainingModel model,
    TrainingData data)
    implements AutoCloseable {

  /**
   * Checks everything that a rank can check by itself.
   *
   * @throws org.memo.UserInputException when the input is wrong
   * @throws org.memo.bindings.MissingLibraryException when a native library is missing
   */
  static RunInput open(TrainOptions options, TrainListener listener, Collectives collectives) {
    boolean leads = collectives.rank() == 0;
    RunFolder folder =
        leads ? RunFolder.check(options.output()) : RunFolder.ofLeader(options.output());
    Optional<Checkpoint> resumed = RunFolder.resumed(options.output());
    TrainingModel model =
        resumed.isPresent()
            ? TrainingModel.load(resumed.get().folder())
            : TrainingModel.open(options.model());
    try {
      RunRanks ranks = RunRanks.of(collectives, options.parallel(), model.config().numHeads());
      model.config().warnings().forEach(listener::message);
      model.config().requireSequenceLength(options.batch().sequenceLength());
      if (leads) {
        folder.requireRoomFor(Checkpoint.sizeBytes(model.layout()));
      }
      LocalDevice device = device(options.device(), ranks);
      TrainingData data = TrainingData.open(options, model.config().vocabSize(), listener::message);
      return new RunInput(ranks, device, folder, resumed, model, data);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private static LocalDevice device(DeviceOptions options, RunRanks ranks) {
    Collectives collectives = ranks.collectives();
    return LocalDevices.find(
        options.device(),
        ranks.threads(options.threads()),
        collectives.localRank(),
        collectives.localRanks());
  }

  @Override
  public void close() {
    try (folder;
        model;
        data) {
      // closed in the opposite order, all of them
    }
  }
}
