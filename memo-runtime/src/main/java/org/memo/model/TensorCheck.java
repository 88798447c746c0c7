package org.memo.model;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.memo.UserInputException;

/** Compares the tensors of a folder with those that its configuration asks for. */
record TensorCheck(Path folder, ModelConfig config, ParameterLayout layout, WeightFiles weights) {
  /** Constants that older versions of Hugging Face stored among the weights. */
  private static final Pattern BUFFERS =
      Pattern.compile("(.*\\.)?(rotary_emb\\.inv_freq|attn\\.bias|attn\\.masked_bias)");

  private static final String HEAD = TensorNames.HEAD + ".weight";

  void requireAll() {
    requireNoneMissing();
    requireNoneUnexpected();
    for (ParameterLayout.Tensor tensor : layout.tensors()) {
      requireShape(tensor.name(), tensor.shape());
    }
    if (config.tiedHead() && weights.tensors().containsKey(HEAD)) {
      requireShape(HEAD, List.of(config.vocabSize(), config.hiddenSize()));
    }
  }

  private void requireNoneMissing() {
    List<String> missing =
        layout.tensors().stream()
            .map(ParameterLayout.Tensor::name)
            .filter(name -> !weights.tensors().containsKey(name))
            .toList();
    if (!missing.isEmpty()) {
      String more = missing.size() == 1 ? "" : " (and %d more)".formatted(missing.size() - 1);
      throw new UserInputException(
          "%s: tensor %s%s is missing, but config.json asks for it."
              .formatted(folder, missing.getFirst(), more));
    }
  }

  private void requireNoneUnexpected() {
    Set<String> expected =
        layout.tensors().stream().map(ParameterLayout.Tensor::name).collect(Collectors.toSet());
    for (String name : weights.tensors().keySet()) {
      boolean tiedHead = config.tiedHead() && name.equals(HEAD);
      if (!expected.contains(name) && !tiedHead && !BUFFERS.matcher(name).matches()) {
        throw new UserInputException(
            "%s: tensor %s does not belong to the %s that config.json describes."
                .formatted(folder, name, config.architecture().huggingFaceName()));
      }
    }
  }

  private void requireShape(String name, List<Long> shape) {
    WeightFiles.Located located = weights.tensors().get(name);
    if (located == null) {
      throw new IllegalStateException(name + " was found before");
    }
    if (!located.tensor().shape().equals(shape)) {
      throw new UserInputException(
          "%s: tensor %s has the shape %s, but config.json asks for %s."
              .formatted(located.file().file(), name, located.tensor().shape(), shape));
    }
    located.file().requireFloats(located.tensor());
  }
}
