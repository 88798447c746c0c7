package org.memo.model;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The model classes of Hugging Face that can be trained. */
public enum Architecture {
  LLAMA("LlamaForCausalLM", "llama", "model."),
  MISTRAL("MistralForCausalLM", "mistral", "model."),
  QWEN2("Qwen2ForCausalLM", "qwen2", "model."),
  GPT2("GPT2LMHeadModel", "gpt2", "transformer.");

  private final String huggingFaceName;
  private final String modelType;
  private final String tensorPrefix;

  Architecture(String huggingFaceName, String modelType, String tensorPrefix) {
    this.huggingFaceName = huggingFaceName;
    this.modelType = modelType;
    this.tensorPrefix = tensorPrefix;
  }

  /** The name in {@code architectures} of {@code config.json}. */
  public String huggingFaceName() {
    return huggingFaceName;
  }

  /** The {@code model_type} of {@code config.json}. */
  public String modelType() {
    return modelType;
  }

  /** What the names of all tensors but the head's start with. */
  public String tensorPrefix() {
    return tensorPrefix;
  }

  static Optional<Architecture> named(String huggingFaceName) {
    return Arrays.stream(values()).filter(a -> a.huggingFaceName.equals(huggingFaceName)).findAny();
  }

  static Optional<Architecture> ofModelType(String modelType) {
    return Arrays.stream(values()).filter(a -> a.modelType.equals(modelType)).findAny();
  }

  static String supportedNames() {
    return Arrays.stream(values()).map(a -> a.huggingFaceName).collect(Collectors.joining(", "));
  }
}
