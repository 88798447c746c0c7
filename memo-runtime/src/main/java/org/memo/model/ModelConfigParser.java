package org.memo.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.memo.UserInputException;

/** Tells the architecture of a {@code config.json} and refuses what no architecture supports. */
final class ModelConfigParser {
  /** Sizes above this are a mistake in the file, and would only fill the heap with names. */
  static final int MAX_LAYERS = 100_000;

  private static final List<String> REFUSED_OBJECTS =
      List.of("quantization_config", "compression_config");
  private static final List<String> EXPERT_COUNTS =
      List.of("num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts");

  private ModelConfigParser() {}

  static ModelConfig parse(ObjectNode json, String source) {
    ConfigTree tree = new ConfigTree(json, source);
    Architecture architecture = architecture(tree);
    refuseUnsupported(tree);
    return architecture == Architecture.GPT2
        ? Gpt2Parser.parse(tree)
        : LlamaFamilyParser.parse(architecture, tree);
  }

  private static Architecture architecture(ConfigTree tree) {
    JsonNode names = tree.json().path("architectures");
    Architecture architecture;
    if (names.isArray() && !names.isEmpty()) {
      String name = names.get(0).asText();
      architecture = Architecture.named(name).orElseThrow(() -> unknown(tree, name));
    } else {
      String modelType = tree.textOr("model_type", "(none)");
      architecture =
          Architecture.ofModelType(modelType)
              .orElseThrow(() -> unknown(tree, "of model_type " + modelType));
    }
    String modelType = tree.textOr("model_type", architecture.modelType());
    if (!modelType.equals(architecture.modelType())) {
      throw tree.unsupported(
          "model_type",
          "%s has model_type %s"
              .formatted(architecture.huggingFaceName(), architecture.modelType()));
    }
    return architecture;
  }

  private static UserInputException unknown(ConfigTree tree, String name) {
    return tree.refuse(
        "the architecture %s is not supported; supported are %s"
            .formatted(name, Architecture.supportedNames()));
  }

  private static void refuseUnsupported(ConfigTree tree) {
    for (String key : REFUSED_OBJECTS) {
      if (tree.isPresent(key)) {
        throw tree.refuse(
            key + " is present, and quantized models are not supported; save it unquantized");
      }
    }
    for (String key : EXPERT_COUNTS) {
      if (tree.countOr(key, 1) > 1) {
        throw tree.unsupported(key, "only models without experts are");
      }
    }
    if (tree.numberOr("partial_rotary_factor", 1) != 1) {
      throw tree.unsupported("partial_rotary_factor", "only 1 is");
    }
  }

  static int numLayers(ConfigTree tree, String... keys) {
    long layers = tree.count(keys);
    if (layers > MAX_LAYERS) {
      throw tree.refuse("%s is %d, but at most %d is valid".formatted(keys[0], layers, MAX_LAYERS));
    }
    return (int) layers;
  }

  /** E / H, where it is a whole number. */
  static long dividedHeadDim(ConfigTree tree, long hiddenSize, long numHeads) {
    if (hiddenSize % numHeads != 0) {
      throw tree.refuse(
          "the hidden size %d is not a multiple of the %d attention heads"
              .formatted(hiddenSize, numHeads));
    }
    return hiddenSize / numHeads;
  }

  /** Hugging Face's own default, for a file without the key. */
  static double initializerRange(ConfigTree tree) {
    double range = tree.numberOr("initializer_range", 0.02);
    if (range < 0) {
      throw tree.invalid("initializer_range", "0 or more");
    }
    return range;
  }

  /** A sentence for each dropout above 0: training goes on without it, and says so. */
  static List<String> dropoutWarnings(ConfigTree tree, double ifAbsent, String... keys) {
    List<String> warnings = new ArrayList<>();
    for (String key : keys) {
      double dropout = tree.numberOr(key, ifAbsent);
      if (dropout > 0) {
        warnings.add("dropout %s (%s) in config.json is not applied".formatted(dropout, key));
      }
    }
    return warnings;
  }
}
