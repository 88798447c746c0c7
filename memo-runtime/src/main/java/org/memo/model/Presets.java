package org.memo.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Built-in models, each a complete Hugging Face {@code config.json}; they start from fresh weights.
 */
public final class Presets {
  private static final List<String> NAMES =
      List.of(
          "tiny",
          "llama-25m",
          "gpt2-124m",
          "llama-1b",
          "llama-3b",
          "llama-8b",
          "llama-70b",
          "qwen2-7b");

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
          case "llama-1b" -> preset(name, llama3(2048, 16, 32, 8, 8192, true));
          case "llama-3b" -> preset(name, llama3(3072, 28, 24, 8, 8192, true));
          case "llama-8b" -> preset(name, llama3(4096, 32, 32, 8, 14_336, false));
          case "llama-70b" -> preset(name, llama3(8192, 80, 64, 8, 28_672, false));
          case "qwen2-7b" -> preset(name, QWEN2_7B);
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

  /** The shapes of Llama 3.1 and 3.2; the base of its positions is the published one. */
  private static String llama3(
      long hidden, int layers, int heads, int kvHeads, long ffn, boolean tied) {
    return llama(hidden, layers, heads, kvHeads, (int) (hidden / heads), ffn, 128_256)
        .replace("\"rope_theta\": 10000.0", "\"rope_theta\": 500000.0")
        .replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": " + tied);
  }

  /** Positions are rotary, so that the maximum is only what the model says of itself. */
  private static String llama(
      long hidden, int layers, int heads, int kvHeads, int headDim, long ffn, long vocab) {
    String text =
        """
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
        """;
    // Some languages have digits of their own, JSON has not.
    return String.format(Locale.ROOT, text, headDim, hidden, ffn, heads, layers, kvHeads, vocab);
  }

  private static final String QWEN2_7B =
      """
      {
        "architectures": ["Qwen2ForCausalLM"],
        "attention_dropout": 0.0,
        "hidden_act": "silu",
        "hidden_size": 3584,
        "initializer_range": 0.02,
        "intermediate_size": 18944,
        "max_position_embeddings": 1048576,
        "model_type": "qwen2",
        "num_attention_heads": 28,
        "num_hidden_layers": 28,
        "num_key_value_heads": 4,
        "rms_norm_eps": 1e-06,
        "rope_theta": 1000000.0,
        "tie_word_embeddings": false,
        "torch_dtype": "bfloat16",
        "use_cache": true,
        "use_sliding_window": false,
        "vocab_size": 152064
      }
      """;

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
