package org.memo.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Llama, Mistral and Qwen2: RMSNorm, rotary positions, SwiGLU. The defaults are those of Hugging
 * Face's configuration classes, except that the sizes of the model must be given.
 */
final class LlamaFamilyParser {
  private static final Set<String> LAYER_TYPES = Set.of("full_attention", "sliding_attention");

  private final Architecture architecture;
  private final ConfigTree tree;

  private LlamaFamilyParser(Architecture architecture, ConfigTree tree) {
    this.architecture = architecture;
    this.tree = tree;
  }

  static ModelConfig parse(Architecture architecture, ConfigTree tree) {
    return new LlamaFamilyParser(architecture, tree).parse();
  }

  private ModelConfig parse() {
    refuseUnsupported();
    long vocabSize = tree.count("vocab_size");
    long hiddenSize = tree.count("hidden_size");
    int numLayers = ModelConfigParser.numLayers(tree, "num_hidden_layers");
    long numHeads = tree.count("num_attention_heads");
    long maxPositions = tree.countOr("max_position_embeddings", defaultMaxPositions());
    return new ModelConfig(
        architecture,
        vocabSize,
        hiddenSize,
        numLayers,
        numHeads,
        numKvHeads(numHeads),
        headDim(hiddenSize, numHeads),
        tree.count("intermediate_size"),
        NormKind.RMS,
        (float) tree.positiveOr("rms_norm_eps", 1e-6),
        Activation.SWIGLU,
        new PositionEncoding.Rotary(RotaryParser.parse(tree, maxPositions)),
        tree.flagOr("tie_word_embeddings", false),
        biases(),
        ModelConfigParser.initializerRange(tree),
        maxPositions,
        slidingWindow(numLayers),
        paddingToken(vocabSize),
        architecture.tensorPrefix(),
        warnings(),
        tree.source(),
        tree.json());
  }

  private void refuseUnsupported() {
    if (!Set.of("silu", "swish").contains(tree.textOr("hidden_act", "silu"))) {
      throw tree.unsupported("hidden_act", "only silu is for " + architecture.huggingFaceName());
    }
    if (tree.countOr("pretraining_tp", 1) != 1) {
      throw tree.unsupported("pretraining_tp", "only 1 is");
    }
    if (tree.flagOr("use_mrope", false)) {
      throw tree.unsupported("use_mrope", "only false is");
    }
    for (String type : layerTypes()) {
      if (!LAYER_TYPES.contains(type)) {
        throw tree.refuse(
            "layer_types has %s, which is not supported; only full_attention is".formatted(type));
      }
    }
  }

  private long defaultMaxPositions() {
    return switch (architecture) {
      case MISTRAL -> 131_072;
      case QWEN2 -> 32_768;
      default -> 2_048;
    };
  }

  private long numKvHeads(long numHeads) {
    String key = "num_key_value_heads";
    long ifAbsent = numHeads;
    if (!tree.json().has(key) && architecture != Architecture.LLAMA) {
      ifAbsent = architecture == Architecture.MISTRAL ? 8 : 32;
    }
    long kvHeads = tree.countOr(key, ifAbsent);
    if (numHeads % kvHeads != 0) {
      throw tree.refuse(
          "%s is %d, but must divide num_attention_heads, %d".formatted(key, kvHeads, numHeads));
    }
    return kvHeads;
  }

  private long headDim(long hiddenSize, long numHeads) {
    long headDim =
        tree.isPresent("head_dim")
            ? tree.count("head_dim")
            : ModelConfigParser.dividedHeadDim(tree, hiddenSize, numHeads);
    if (headDim % 2 != 0) {
      throw tree.refuse(
          "the head dimension is %d, but rotary positions need an even one".formatted(headDim));
    }
    return headDim;
  }

  private Biases biases() {
    if (architecture == Architecture.QWEN2) {
      return new Biases(true, false, false, false);
    }
    if (architecture == Architecture.MISTRAL) {
      return new Biases(false, false, false, false);
    }
    boolean attention = tree.flagOr("attention_bias", false);
    boolean mlp = tree.flagOr("mlp_bias", false);
    return new Biases(attention, attention, mlp, mlp);
  }

  private @Nullable Long slidingWindow(int numLayers) {
    boolean windowed =
        switch (architecture) {
          case MISTRAL -> true;
          case QWEN2 -> tree.flagOr("use_sliding_window", false) && qwenLayerSlides(numLayers);
          default -> false;
        };
    // An absent key is Hugging Face's default window, a null one is none.
    boolean isNull = tree.json().has("sliding_window") && !tree.isPresent("sliding_window");
    return windowed && !isNull ? (Long) tree.countOr("sliding_window", 4096) : null;
  }

  private List<String> layerTypes() {
    List<String> types = new ArrayList<>();
    tree.json().path("layer_types").forEach(type -> types.add(type.asText()));
    return types;
  }

  private boolean qwenLayerSlides(int numLayers) {
    if (tree.isPresent("layer_types")) {
      return layerTypes().contains("sliding_attention");
    }
    Long firstSliding = tree.wholeNumberOrNull("max_window_layers");
    return (firstSliding == null ? 28 : firstSliding) < numLayers;
  }

  private @Nullable Long paddingToken(long vocabSize) {
    Long token = tree.wholeNumberOrNull("pad_token_id");
    if (token == null) {
      return null;
    }
    if (token < -vocabSize || token >= vocabSize) {
      throw tree.invalid("pad_token_id", "a token of the vocabulary of " + vocabSize);
    }
    return token < 0 ? token + vocabSize : token;
  }

  private List<String> warnings() {
    List<String> warnings =
        new ArrayList<>(ModelConfigParser.dropoutWarnings(tree, 0, "attention_dropout"));
    if (architecture == Architecture.LLAMA && tree.isPresent("sliding_window")) {
      warnings.add(
          "sliding_window %s in config.json is not applied: LlamaForCausalLM has none"
              .formatted(tree.json().get("sliding_window")));
    }
    return warnings;
  }
}
