package org.memo.model;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;

/**
 * A model as Hugging Face keeps it: {@code config.json}, safetensors, tokenizer files. Everything
 * but the values is checked when the folder is opened.
 */
public final class HuggingFaceFolder implements ParameterValues, AutoCloseable {
  /** The file of the values. */
  public static final String WEIGHTS = WeightFiles.SINGLE;

  private static final String CONFIG = "config.json";

  /** What goes along with a model unchanged. */
  private static final List<String> TOKENIZER_FILES =
      List.of(
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "merges.txt",
          "tokenizer.model",
          "chat_template.jinja",
          "generation_config.json");

  private final ModelConfig config;
  private final ParameterLayout layout;
  private final WeightFiles weights;

  private HuggingFaceFolder(ModelConfig config, ParameterLayout layout, WeightFiles weights) {
    this.config = config;
    this.layout = layout;
    this.weights = weights;
  }

  /**
   * Opens a folder with weights.
   *
   * @throws UserInputException naming what is corrupt, missing, of the wrong shape or unexpected
   */
  public static HuggingFaceFolder open(Path folder) {
    ModelConfig plain = readConfig(folder);
    WeightFiles weights = WeightFiles.open(folder);
    try {
      ModelConfig config = plain.withTensorPrefix(tensorPrefix(plain, weights));
      ParameterLayout layout = ParameterLayout.of(config);
      new TensorCheck(folder, config, layout, weights).requireAll();
      return new HuggingFaceFolder(config, layout, weights);
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  /** Only the configuration of a folder, whose weights may be missing: to train from scratch. */
  public static ModelConfig readConfig(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new UserInputException(
          "There is no folder %s: a model is a Hugging Face folder or one of the presets %s."
              .formatted(folder, String.join(", ", Presets.names())));
    }
    return ModelConfig.read(folder.resolve(CONFIG));
  }

  /** The configuration, with the prefix of tensor names that the folder has. */
  public ModelConfig config() {
    return config;
  }

  /** The files that hold the values. */
  public List<Path> weightFiles() {
    return weights.paths();
  }

  /** The layout of {@link #config()}. */
  public ParameterLayout layout() {
    return layout;
  }

  /** Reads a run of a tensor of {@link #layout()}. */
  @Override
  public void read(ParameterLayout.Tensor tensor, long firstElement, MemorySegment values) {
    WeightFiles.Located located = weights.tensors().get(tensor.name());
    if (located == null) {
      throw new IllegalArgumentException("the layout is not this folder's: " + tensor.name());
    }
    located.file().readFloats(located.tensor(), firstElement, values);
  }

  /**
   * Compares the values of a head with those that it is tied to: Hugging Face does not tie a stored
   * head that differs, whatever the configuration says.
   *
   * @throws UserInputException where they differ
   */
  public void requireEqualHead() {
    WeightFiles.Located head = weights.tensors().get(TensorNames.HEAD + ".weight");
    WeightFiles.Located tokens = weights.tensors().get(layout.tokenEmbedding().name());
    if (!config.tiedHead() || head == null || tokens == null) {
      return;
    }
    if (!head.file().hasFloats(head.tensor(), tokens.file(), tokens.tensor())) {
      throw new UserInputException(
          ("%s: tensor %s differs from %s, but config.json ties them;"
                  + " set tie_word_embeddings to false to train both.")
              .formatted(head.file().file(), head.tensor().name(), tokens.tensor().name()));
    }
  }

  /**
   * Writes what a folder needs beside the values to be one that Hugging Face loads: the
   * configuration, last, and the tokenizer files of {@code tokenizerSource} if there are any.
   */
  public static void writeConfig(Path folder, ModelConfig config, @Nullable Path tokenizerSource) {
    if (tokenizerSource != null) {
      copyTokenizer(tokenizerSource, folder);
    }
    AtomicFile.write(folder.resolve(CONFIG), JsonFile.toBytes(config.toJson()));
  }

  private static void copyTokenizer(Path source, Path folder) {
    for (String name : TOKENIZER_FILES) {
      Path file = source.resolve(name);
      Path target = folder.resolve(name);
      if (Files.isRegularFile(file) && !target.toAbsolutePath().equals(file.toAbsolutePath())) {
        copy(file, target);
      }
    }
  }

  private static void copy(Path file, Path target) {
    try (FileChannel source = FileChannel.open(file, StandardOpenOption.READ)) {
      long sizeBytes = source.size();
      AtomicFile.write(
          target,
          sizeBytes,
          channel -> {
            for (long done = 0; done < sizeBytes; ) {
              done += source.transferTo(done, sizeBytes - done, channel);
            }
          });
    } catch (IOException e) {
      throw new UserInputException("Cannot read %s: %s.".formatted(file, e), e);
    }
  }

  private static String tensorPrefix(ModelConfig config, WeightFiles weights) {
    String tokens = TensorNames.of(config.architecture()).tokenEmbedding() + ".weight";
    boolean bare =
        weights.tensors().containsKey(tokens)
            && !weights.tensors().containsKey(config.tensorPrefix() + tokens);
    return bare ? "" : config.tensorPrefix();
  }

  @Override
  public void close() {
    weights.close();
  }
}
