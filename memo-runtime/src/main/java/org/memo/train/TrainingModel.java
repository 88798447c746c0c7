package org.memo.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.memo.UserInputException;
import org.memo.model.HuggingFaceFolder;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterInitializer;
import org.memo.model.ParameterLayout;
import org.memo.model.ParameterValues;
import org.memo.model.Presets;

/**
 * The model of a run and where its first weights come from.
 *
 * @param folder of the checkpoint to load; none for fresh weights
 * @param tokenizerSource the folder whose tokenizer files go into checkpoints
 */
record TrainingModel(
    ModelConfig config,
    ParameterLayout layout,
    Optional<HuggingFaceFolder> folder,
    Optional<Path> tokenizerSource)
    implements AutoCloseable {

  /** Resolves {@code --model}: a folder where there is one, else a preset. */
  static TrainingModel open(ModelOptions options) {
    Path path = Path.of(options.model());
    if (Files.isDirectory(path)) {
      return options.fromScratch() ? fresh(path) : load(path);
    }
    ModelConfig config =
        Presets.named(options.model())
            .orElseThrow(() ->
                new UserInputException(
                    "--model is %s, which is neither a folder nor one of %s"
                        .formatted(options.model(), Presets.names())));
    return new TrainingModel(
        config, ParameterLayout.of(config), Optional.empty(), Optional.empty());
  }

  /** The model of a checkpoint or of any folder with weights. */
  static TrainingModel load(Path path) {
    HuggingFaceFolder folder = HuggingFaceFolder.open(path);
    ModelConfig config = folder.config();
    return new TrainingModel(
        config, ParameterLayout.of(config), Optional.of(folder), Optional.of(path));
  }

  private static TrainingModel fresh(Path path) {
    ModelConfig config = HuggingFaceFolder.readConfig(path);
    return new TrainingModel(
        config, ParameterLayout.of(config), Optional.empty(), Optional.of(path));
  }

  /** The values that training starts from, checked. */
  ParameterValues values(long seed) {
    if (folder.isEmpty()) {
      return new ParameterInitializer(config, layout, seed);
    }
    folder.get().requireEqualHead();
    return folder.get();
  }

  @Override
  public void close() {
    folder.ifPresent(HuggingFaceFolder::close);
  }
}
