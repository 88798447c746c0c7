package org.memo.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * Built-in models, each a complete Hugging Face {@code config.json}; they start from fresh weights.
 */
public final class Presets {
  private static final List<String> NAMES = List.of("tiny", "llama-25m", "gpt2-124m");

  private Presets() {}

  public static List<String> names() {
    return NAMES;
  }

  /** The preset of that name; empty where there is none. */
  public static Optional<ModelConfig> named(String name) {
    return Optional.ofNullable(
        switch (name) {
          case "tiny" -> preset(name, llama(128, 4, 4, 2, 32, 384, 320));
          case "llama-25m" -> preset(name, llama(384, 8, 6, 2, 64, 1024, 32_000));
          case "gpt2-124m" -> preset(name, GPT2_124M);
          default -> null;
        });
  }

  private static ModelConfig preset(String name, String json) {
    try {
      return ModelConfig.of((ObjectNode) new ObjectMapper().readTree(json), "preset " + name);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the preset " + name + " is not valid JSON", e);
    }
  }

  /** Positions are rotary, so that the maximum is only what the model says of itself. */
  private static String llama(
      long hidden, int layers, int heads, int kvHeads, int headDim, long ffn, long vocab) {
    return """
    {
      "architectures": ["LlamaForCausalLM"],
      "attention_bias": false,
      "attention_dropout": 0.0,
      "bos_token_id": null,
      "eos_token_id": null,
      "head_dim": %d,
      "hidden_act": "silu",
      "hidden_size": %d,
      "initializer_range": 0.02,
      "intermediate_size": %d,
      "max_position_embeddings": 1048576,
      "mlp_bias": false,
      "model_type": "llama",
      "num_attention_heads": %d,
      "num_hidden_layers": %d,
      "num_key_value_heads": %d,
      "pretraining_tp": 1,
      "rms_norm_eps": 1e-05,
      "rope_scaling": null,
      "rope_theta": 10000.0,
      "tie_word_embeddings": true,
      "torch_dtype": "float32",
      "use_cache": true,
      "vocab_size": %d
    }
    """
        .formatted(headDim, hidden, ffn, heads, layers, kvHeads, vocab);
  }

  private static final String GPT2_124M =
      """
      {
        "activation_function": "gelu_new",
        "architectures": ["GPT2LMHeadModel"],
        "attn_pdrop": 0.0,
        "bos_token_id": 50256,
        "embd_pdrop": 0.0,
        "eos_token_id": 50256,
        "initializer_range": 0.02,
        "layer_norm_epsilon": 1e-05,
        "model_type": "gpt2",
        "n_embd": 768,
        "n_head": 12,
        "n_inner": null,
        "n_layer": 12,
        "n_positions": 1024,
        "reorder_and_upcast_attn": false,
        "resid_pdrop": 0.0,
        "scale_attn_by_inverse_layer_idx": false,
        "scale_attn_weights": true,
        "tie_word_embeddings": true,
        "torch_dtype": "float32",
        "use_cache": true,
        "vocab_size": 50257
      }
      """;
}
