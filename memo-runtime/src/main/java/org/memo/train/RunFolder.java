package org.memo.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.memo.UserInputException;
import org.memo.plan.StepPlan;
import org.memo.planner.io.PlanJson;

/** The folder that a run leaves: options, plan, metrics, checkpoints. */
final class RunFolder {
  private final Path folder;

  private RunFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * Checks that a run can be put there, without making anything.
   *
   * @throws UserInputException when it holds another run or cannot be written
   */
  static RunFolder check(OutputOptions options) {
    Path folder = options.runFolder().toAbsolutePath().normalize();
    boolean resumed = options.resume().map(from -> isSame(from, folder)).orElse(false);
    if (!resumed && Files.exists(folder.resolve("metrics.jsonl"))) {
      throw new UserInputException(
          "--output is %s, which holds a run already; valid is a new folder, or --resume %s"
              .formatted(folder, folder));
    }
    Path existing = folder;
    while (existing != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (existing == null || !Files.isDirectory(existing) || !Files.isWritable(existing)) {
      throw new UserInputException(
          "--output is %s, but %s is no folder that can be written"
              .formatted(options.runFolder(), existing));
    }
    return new RunFolder(folder);
  }

  /** Makes the folder and writes what was decided. */
  void create(TrainOptions options, StepPlan plan) {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("config.yaml"), options.toYaml());
      PlanJson.write(plan.memory(), folder.resolve("plan.json"));
    } catch (IOException e) {
      throw new UserInputException("--output %s cannot be written: %s".formatted(folder, e), e);
    }
  }

  Path path() {
    return folder;
  }

  MetricsWriter metrics(long lastStep) {
    return MetricsWriter.open(folder.resolve("metrics.jsonl"), lastStep);
  }

  /** The newest checkpoint of the run that is resumed. */
  static Optional<Checkpoint> resumed(OutputOptions options) {
    return options
        .resume()
        .map(
            from ->
                Checkpoint.newest(from)
                    .orElseThrow(
                        () ->
                            new UserInputException(
                                "--resume is %s, which holds no checkpoints/step-N"
                                    .formatted(from))));
  }

  private static boolean isSame(Path a, Path b) {
    return a.toAbsolutePath().normalize().equals(b);
  }
}
