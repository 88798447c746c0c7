package org.memo.model;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memo.model.RotaryFrequencies.Scaling;

/**
 * Rotary parameters in the old style ({@code rope_theta} and {@code rope_scaling}) and in the new
 * ({@code rope_parameters}, plain or nested by layer type), with Hugging Face's precedence between
 * them.
 */
final class RotaryParser {
  private static final double DEFAULT_THETA = 10_000;
  private static final List<String> LAYER_TYPES = List.of("full_attention", "sliding_attention");

  private RotaryParser() {}

  static RotaryFrequencies parse(ConfigTree tree, long maxPositions) {
    double outerTheta = tree.positiveOr("rope_theta", DEFAULT_THETA);
    ConfigTree rope = parameters(tree);
    if (rope == null) {
      return new RotaryFrequencies(outerTheta, new RotaryFrequencies.Plain());
    }
    if (rope.numberOr("partial_rotary_factor", 1) != 1) {
      throw rope.unsupported("partial_rotary_factor", "only 1 is");
    }
    // An original length beside rope_parameters wins over one inside.
    long originalPositions =
        tree.countOr(
            "original_max_position_embeddings",
            rope.countOr("original_max_position_embeddings", maxPositions));
    return new RotaryFrequencies(
        rope.positiveOr("rope_theta", outerTheta), scaling(rope, originalPositions));
  }

  private static @Nullable ConfigTree parameters(ConfigTree tree) {
    ConfigTree scaling = tree.objectOrNull("rope_scaling");
    ConfigTree rope = scaling != null ? scaling : tree.objectOrNull("rope_parameters");
    if (rope == null || LAYER_TYPES.stream().noneMatch(rope.json()::has)) {
      return rope;
    }
    ConfigTree full = rope.objectOrNull("full_attention");
    ConfigTree sliding = rope.objectOrNull("sliding_attention");
    if (full != null && sliding != null && !full.json().equals(sliding.json())) {
      throw rope.refuse(
          "full_attention and sliding_attention differ, and only one rotary embedding for all"
              + " layers is supported");
    }
    return full != null ? full : sliding;
  }

  private static Scaling scaling(ConfigTree rope, long originalPositions) {
    String key = rope.isPresent("rope_type") ? "rope_type" : "type";
    return switch (rope.textOr(key, "default")) {
      case "default" -> new RotaryFrequencies.Plain();
      case "linear" -> new RotaryFrequencies.Linear(required(rope, "factor"));
      case "llama3" -> llama3(rope, originalPositions);
      default -> throw rope.unsupported(key, "supported are default, linear and llama3");
    };
  }

  private static Scaling llama3(ConfigTree rope, long originalPositions) {
    double low = required(rope, "low_freq_factor");
    double high = required(rope, "high_freq_factor");
    if (high <= low) {
      throw rope.invalid("high_freq_factor", "above low_freq_factor, " + low);
    }
    return new RotaryFrequencies.Llama3(required(rope, "factor"), low, high, originalPositions);
  }

  private static double required(ConfigTree rope, String key) {
    if (!rope.isPresent(key)) {
      throw rope.refuse(key + " is missing");
    }
    return rope.positiveOr(key, 0);
  }
}
