package org.memo.train;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.memo.DoesNotFitException;
import org.memo.UserInputException;
import org.memo.model.AtomicFile;
import org.memo.plan.StepPlan;
import org.memo.planner.io.PlanJson;

/** The folder that a run leaves: options, plan, metrics, checkpoints. */
final class RunFolder implements AutoCloseable {
  private static final String METRICS = "metrics.jsonl";
  private static final String PLAN = "plan.json";
  private static final String PICTURE = "plan.html";
  private static final String CONFIG = "config.yaml";
  private static final List<String> WRITTEN = List.of(PLAN, PICTURE, CONFIG);

  private final Path folder;
  private final Path existing;
  private final boolean resumed;
  private @Nullable FolderLock lock;
  private boolean begunToWrite;

  private RunFolder(Path folder, Path existing, boolean resumed) {
    this.folder = folder;
    this.existing = existing;
    this.resumed = resumed;
  }

  /**
   * Checks that a run can be put there, without making anything.
   *
   * @throws UserInputException when it holds another run or cannot be written
   */
  static RunFolder check(OutputOptions options) {
    Path folder = options.runFolder().toAbsolutePath().normalize();
    boolean resumed = options.resume().map(from -> isSame(from, folder)).orElse(false);
    if (!resumed) {
      requireNoRun(folder);
    }
    Path existing = folder;
    while (existing != null && !Files.exists(existing)) {
      existing = existing.getParent();
    }
    if (existing == null || !Files.isDirectory(existing) || !Files.isWritable(existing)) {
      throw new UserInputException(
          "--output is %s, but %s is no folder that can be written; valid is a new folder in one"
              .formatted(options.runFolder(), existing));
    }
    return new RunFolder(folder, existing, resumed);
  }

  /** The same folder for a rank that writes nothing of its own there. */
  static RunFolder ofLeader(OutputOptions options) {
    Path folder = options.runFolder().toAbsolutePath().normalize();
    return new RunFolder(folder, folder, true);
  }

  private static void requireNoRun(Path folder) {
    if (!Files.exists(folder.resolve(METRICS)) && !Files.exists(Checkpoint.parent(folder))) {
      return;
    }
    boolean canGoOn = Checkpoint.newest(folder).isPresent();
    throw new UserInputException(
        canGoOn
            ? "--output is %s, which holds a run already; valid is a new folder, or --resume %s"
                .formatted(folder, folder)
            : "--output is %s, which holds a run that left no checkpoint; valid is a new folder, or"
                    .formatted(folder)
                + " this one without that run");
  }

  /** Throws unless the disk has room for a checkpoint. */
  void requireRoomFor(long checkpointBytes) {
    try {
      long freeBytes = Files.getFileStore(existing).getUsableSpace();
      // Some network file systems answer 0 for "unknown".
      if (freeBytes > 0 && freeBytes < checkpointBytes) {
        throw new DoesNotFitException(
            "a checkpoint needs %d bytes of disk and %s has %d free: free some, or choose another --output"
                .formatted(checkpointBytes, existing, freeBytes),
            checkpointBytes,
            freeBytes);
      }
    } catch (IOException e) {
      throw new UserInputException("--output %s cannot be used: %s".formatted(folder, e), e);
    }
  }

  /**
   * Makes the folder and takes it for this run alone.
   *
   * @throws UserInputException when another run has it, or it cannot be written; nothing is left
   */
  void take() {
    orNothing(() -> {
      Files.createDirectories(folder);
      lock = FolderLock.take(folder);
      if (!resumed) {
        requireNoRun(folder);
      }
    });
  }

  /**
   * Throws on all ranks unless each of them has the folder that rank 0 took, and may write there:
   * ranks write a checkpoint together.
   *
   * @throws UserInputException where the folder is another machine's; nothing is left
   */
  void requireShared(RunRanks ranks) {
    String mine = ".shared-" + UUID.randomUUID();
    Path mark = folder.resolve(mine);
    orNothing(() -> {
      try {
        if (ranks.leads()) {
          Files.createFile(mark);
        }
        requireMark(ranks, ranks.agreement().ofLeader("the run folder is there", mine));
      } finally {
        if (ranks.leads()) {
          Files.deleteIfExists(mark);
        }
      }
    });
  }

  /** One that is new each time: there may be an earlier run at this path on another machine. */
  private void requireMark(RunRanks ranks, String name) {
    boolean shared = Files.exists(folder.resolve(name)) && Files.isWritable(folder);
    List<Integer> without = ranks.where("the run folder is another one", !shared);
    if (!without.isEmpty()) {
      throw new UserInputException(
          "--output is %s, where %s cannot see what rank 0 writes, or cannot write too; valid is a folder that all machines share"
              .formatted(folder, RankDifferences.names(without)));
    }
  }

  /**
   * Writes what was decided.
   *
   * @throws UserInputException when that cannot be written; nothing is left
   */
  void write(TrainOptions options, StepPlan plan) {
    orNothing(() -> {
      begunToWrite = true;
      Checkpoint.deletePartial(folder);
      PlanJson.write(plan.memory(), folder.resolve(PLAN));
      write(PICTURE, RunPicture.page(options, plan));
      write(CONFIG, options.toYaml());
    });
  }

  @FunctionalInterface
  private interface Step {
    void make() throws IOException;
  }

  private void orNothing(Step step) {
    try {
      step.make();
    } catch (IOException e) {
      removeWhatWasMade();
      throw new UserInputException("--output %s cannot be written: %s".formatted(folder, e), e);
    } catch (RuntimeException e) {
      removeWhatWasMade();
      throw e;
    }
  }

  private void write(String file, String text) {
    AtomicFile.write(folder.resolve(file), text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A folder that was there before is left as it is, but for the lock; of the folders that were
   * made those that hold nothing else go, since another run may have put its own beside this one's.
   */
  private void removeWhatWasMade() {
    boolean ours = lock != null && !existing.equals(folder);
    close();
    if (!ours) {
      return;
    }
    try {
      for (String file : begunToWrite ? WRITTEN : List.<String>of()) {
        Files.deleteIfExists(folder.resolve(file));
      }
      for (Path made = folder; made != null && !made.equals(existing); made = made.getParent()) {
        Files.delete(made);
      }
    } catch (IOException notEmptyOrUnreachable) {
      // Why the run cannot start is being thrown.
    }
  }

  Path path() {
    return folder;
  }

  MetricsWriter metrics(long lastStep) {
    return MetricsWriter.open(folder.resolve(METRICS), lastStep);
  }

  /** The newest checkpoint of the run that is resumed. */
  static Optional<Checkpoint> resumed(OutputOptions options) {
    return options
        .resume()
        .map(from ->
            Checkpoint.newest(from)
                .orElseThrow(() ->
                    new UserInputException(
                        "--resume is %s, which holds no checkpoints/step-N; valid is the folder of a run that wrote one"
                            .formatted(from))));
  }

  private static boolean isSame(Path a, Path b) {
    return a.toAbsolutePath().normalize().equals(b);
  }

  /** Lets other runs have the folder. */
  @Override
  public void close() {
    if (lock != null) {
      lock.close();
      lock = null;
    }
  }
}
