package org.memo.parallel;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;

/** A tiny model with weights of its own. */
record TestModel(String name, ModelConfig config, ParameterLayout layout) {
  static final int VOCABULARY = 37;
  static final int MOST_POSITIONS = 64;

  /** Rotary, gated, without biases, the head not tied. */
  static TestModel llama(int layers, int heads, int kvHeads) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.putArray("architectures").add("LlamaForCausalLM");
    json.put("vocab_size", VOCABULARY)
        .put("hidden_size", 24)
        .put("num_hidden_layers", layers)
        .put("num_attention_heads", heads)
        .put("num_key_value_heads", kvHeads)
        .put("head_dim", 4)
        .put("intermediate_size", 20)
        .put("hidden_act", "silu")
        .put("rms_norm_eps", 1e-5)
        .put("rope_theta", 10000.0)
        .put("max_position_embeddings", MOST_POSITIONS)
        .put("tie_word_embeddings", false);
    return of("llama of %d layers, %d/%d heads".formatted(layers, heads, kvHeads), json);
  }

  /** Learned positions, biases everywhere, the head tied. */
  static TestModel gpt2(int layers, int heads) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.putArray("architectures").add("GPT2LMHeadModel");
    json.put("vocab_size", VOCABULARY)
        .put("n_embd", 24)
        .put("n_layer", layers)
        .put("n_head", heads)
        .put("n_inner", 28)
        .put("n_positions", MOST_POSITIONS)
        .put("activation_function", "gelu_new");
    return of("gpt2 of %d layers, %d heads".formatted(layers, heads), json);
  }

  private static TestModel of(String name, ObjectNode json) {
    ModelConfig config = ModelConfig.of(json, "a test");
    return new TestModel(name, config, ParameterLayout.of(config));
  }

  /** All parameters in one vector: random matrices and biases, norm weights around 1. */
  MemorySegment parameters(long seed) {
    Random random = new Random(seed);
    float[] values = new float[Math.toIntExact(layout.elements())];
    for (ParameterLayout.Tensor tensor : layout.tensors()) {
      boolean isNorm = !tensor.isMatrix() && tensor.name().endsWith(".weight");
      for (long i = tensor.offsetElements(); i < tensor.endElements(); i++) {
        values[(int) i] = (isNorm ? 1 : 0) + (float) random.nextGaussian() * 0.15f;
      }
    }
    return MemorySegment.ofArray(values);
  }

  @Override
  public String toString() {
    return name;
  }
}
