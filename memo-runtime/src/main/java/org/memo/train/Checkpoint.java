package org.memo.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.memo.UserInputException;
import org.memo.collective.LostRankException;
import org.memo.device.Device;
import org.memo.model.AtomicFile;
import org.memo.model.HuggingFaceFolder;
import org.memo.model.ParameterLayout;
import org.memo.step.ModelStates;

/**
 * A folder {@code checkpoints/step-N}: a Hugging Face folder, {@code optimizer.safetensors} with
 * both moments under the parameters' names, and {@code state.json}. It is written beside its place
 * and then renamed, so that a folder of this name is always whole.
 *
 * @param step the steps that were done
 * @param nextWindow the index, in the run's order, of the first window of the next step
 */
record Checkpoint(Path folder, long step, long nextWindow) {
  private static final Pattern NAME = Pattern.compile("step-([0-9]{1,18})");
  private static final String STATE = "state.json";
  private static final String PARTIAL = ".partial";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The newest checkpoint of a run folder. */
  static Optional<Checkpoint> newest(Path runFolder) {
    Path parent = parent(runFolder);
    if (!Files.isDirectory(parent)) {
      return Optional.empty();
    }
    try (Stream<Path> folders = Files.list(parent)) {
      return folders
          .filter(folder -> NAME.matcher(folder.getFileName().toString()).matches())
          .max(Comparator.comparingLong(Checkpoint::stepOf))
          .map(Checkpoint::read);
    } catch (IOException e) {
      throw new UserInputException("%s cannot be read: %s".formatted(parent, e), e);
    }
  }

  /** Writes the states as a checkpoint of {@code step} below the run folder; all ranks do. */
  static Checkpoint write(
      Path runFolder,
      long step,
      long nextWindow,
      RunRanks ranks,
      TrainingModel model,
      Device device,
      ModelStates states)
      throws IOException {
    Path target = parent(runFolder).resolve("step-" + step);
    Path partial = target.resolveSibling(partialName(target, ranks));
    boolean isNew = Files.notExists(target);
    boolean whole = false;
    try {
      if (ranks.leads()) {
        Files.createDirectories(partial);
      }
      StateFiles.write(partial, ranks, model.layout(), device, states);
      if (ranks.leads()) {
        HuggingFaceFolder.writeConfig(
            partial, model.config(), model.tokenizerSource().orElse(null));
        writeState(partial, step, nextWindow);
        replace(target, partial);
      }
      meetBehind(target, isNew, ranks);
      whole = true;
    } finally {
      if (!whole && ranks.leads()) {
        deleteIfPossible(partial);
      }
    }
    return new Checkpoint(target, step, nextWindow);
  }

  /** A rank that is lost here has not spoilt the checkpoint: the next step fails, and keeps it. */
  private static void meetBehind(Path target, boolean isNew, RunRanks ranks) {
    try {
      ranks.meet("a checkpoint is whole");
    } catch (LostRankException e) {
      if (!isNew || Files.notExists(target)) {
        throw e;
      }
    }
  }

  /**
   * New each time: a process that was stopped while it wrote, and goes on when the run was resumed
   * without it, must not find the resumed run's files in place of its own.
   */
  private static String partialName(Path target, RunRanks ranks) {
    String mine = ".%s.%s%s".formatted(target.getFileName(), UUID.randomUUID(), PARTIAL);
    return ranks.agreement().ofLeader("where a checkpoint is written", mine);
  }

  /** After a failure, which is what is told; the rest goes when the run is resumed. */
  private static void deleteIfPossible(Path partial) {
    try {
      FileTree.delete(partial);
    } catch (IOException e) {
      // a rank that is not lost may be writing there
    }
  }

  private static void writeState(Path folder, long step, long nextWindow) {
    ObjectNode state = JSON.createObjectNode();
    state.put("step", step);
    state.put("next_window", nextWindow);
    byte[] text = (state.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(folder.resolve(STATE), text);
  }

  /** At no moment has {@code target} a part of its files. */
  private static void replace(Path target, Path whole) throws IOException {
    Path replaced = target.resolveSibling("." + target.getFileName() + ".replaced" + PARTIAL);
    FileTree.delete(replaced);
    if (Files.exists(target)) {
      Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
    }
    Files.move(whole, target, StandardCopyOption.ATOMIC_MOVE);
    AtomicFile.forceFolder(target.resolveSibling("."));
    FileTree.delete(replaced);
  }

  /** Where a run folder has its checkpoints. */
  static Path parent(Path runFolder) {
    return runFolder.resolve("checkpoints");
  }

  /** Removes what a process that was killed left half-written. */
  static void deletePartial(Path runFolder) throws IOException {
    if (!Files.isDirectory(parent(runFolder))) {
      return;
    }
    try (Stream<Path> folders = Files.list(parent(runFolder))) {
      for (Path folder : folders.toList()) {
        String name = folder.getFileName().toString();
        if (name.startsWith(".step-") && name.endsWith(PARTIAL)) {
          FileTree.delete(folder);
        }
      }
    }
  }

  /** The bytes of a checkpoint's tensors: weights and both moments, in f32. */
  static long sizeBytes(ParameterLayout layout) {
    return StateFiles.VECTORS * Math.min(layout.sizeBytes(), Long.MAX_VALUE / StateFiles.VECTORS);
  }

  /** Loads what a rank holds of both moments into the slab. */
  void loadMoments(int rank, LongWork work, Device device, ModelStates states) {
    StateFiles.loadMoments(folder, rank, work, device, states);
  }

  /** Its files beside the weights. */
  List<Path> files() {
    return List.of(folder.resolve(STATE), folder.resolve(StateFiles.OPTIMIZER));
  }

  private static Checkpoint read(Path folder) {
    Path file = folder.resolve(STATE);
    try {
      JsonNode state = JSON.readTree(Files.readString(file));
      long step = state.required("step").asLong(-1);
      long nextWindow = state.required("next_window").asLong(-1);
      if (step != stepOf(folder) || nextWindow < 0) {
        throw new IllegalArgumentException("step=%d next_window=%d".formatted(step, nextWindow));
      }
      return new Checkpoint(folder, step, nextWindow);
    } catch (IOException | IllegalArgumentException e) {
      throw new UserInputException("%s is no checkpoint's state: %s".formatted(file, e), e);
    }
  }

  private static long stepOf(Path folder) {
    Matcher name = NAME.matcher(folder.getFileName().toString());
    return name.matches() ? Long.parseLong(name.group(1)) : -1;
  }
}
