package org.memo.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * The GPT models of the paper's table 2, for planning: GPT-2's layers with a tied head and, as
 * learned positions have no place at a million tokens, rotary ones. No Hugging Face architecture is
 * like this, so they are not trained.
 */
public final class PaperModels {
  private static final long VOCABULARY = 50_257;
  private static final double ROTARY_BASE = 10_000;

  private PaperModels() {}

  public static List<String> names() {
    return List.of("gpt-7b", "gpt-13b", "gpt-30b", "gpt-65b");
  }

  /** The model of that name; empty where there is none. */
  public static Optional<ModelConfig> named(String name) {
    return Optional.ofNullable(
        switch (name) {
          case "gpt-7b" -> gpt(name, 32, 4096, 32);
          case "gpt-13b" -> gpt(name, 40, 5120, 40);
          case "gpt-30b" -> gpt(name, 48, 7168, 56);
          case "gpt-65b" -> gpt(name, 80, 8192, 64);
          default -> null;
        });
  }

  private static ModelConfig gpt(String name, int layers, long hidden, long heads) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.putArray("architectures").add("GPT2LMHeadModel");
    json.put("model_type", "gpt2")
        .put("vocab_size", VOCABULARY)
        .put("n_layer", layers)
        .put("n_embd", hidden)
        .put("n_head", heads);
    RotaryFrequencies frequencies =
        new RotaryFrequencies(ROTARY_BASE, new RotaryFrequencies.Plain());
    return ModelConfig.of(json, "model " + name)
        .withPositions(new PositionEncoding.Rotary(frequencies));
  }
}
