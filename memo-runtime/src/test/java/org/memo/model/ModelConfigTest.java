package org.memo.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.UserInputException;

class ModelConfigTest {
  private static ModelConfig config(String fixture, String changes) {
    return ModelConfig.of(Fixtures.config(fixture, changes), "test");
  }

  private static ModelConfig without(String fixture, String... keys) {
    ObjectNode json = Fixtures.config(fixture, "{}");
    json.remove(List.of(keys));
    return ModelConfig.of(json, "test");
  }

  private static RotaryFrequencies rope(ModelConfig config) {
    return assertInstanceOf(PositionEncoding.Rotary.class, config.positions()).frequencies();
  }

  @Test
  void llamaIsReadWithItsBiasesAndHeadDimension() {
    ModelConfig config = config("llama-biases-bf16", "{}");
    assertEquals(Architecture.LLAMA, config.architecture());
    assertEquals(67, config.vocabSize());
    assertEquals(16, config.hiddenSize());
    assertEquals(2, config.numLayers());
    assertEquals(4, config.numHeads());
    assertEquals(2, config.numKvHeads());
    assertEquals(8, config.headDim());
    assertEquals(24, config.ffnSize());
    assertEquals(new Biases(true, true, true, true), config.biases());
    assertEquals(1e-6f, config.normEpsilon());
    assertFalse(config.tiedHead());
    assertTrue(config.isRotary() && config.isGated());
    assertEquals(List.of(), config.warnings());
  }

  @Test
  void qwen2HasBiasesOnQueriesKeysAndValuesOnly() {
    assertEquals(new Biases(true, false, false, false), config("qwen2", "{}").biases());
  }

  @Test
  void mistralIgnoresALlamasBiases() {
    ModelConfig config = config("mistral-f16-shards", "{\"attention_bias\": true}");
    assertEquals(new Biases(false, false, false, false), config.biases());
  }

  @Test
  void gpt2IsReadWithItsOwnNames() {
    ModelConfig config = config("gpt2", "{}");
    assertEquals(16, config.hiddenSize());
    assertEquals(64, config.ffnSize());
    assertEquals(4, config.numKvHeads());
    assertEquals(NormKind.LAYER, config.norm());
    assertEquals(1e-5f, config.normEpsilon());
    assertEquals(new PositionEncoding.Learned(32), config.positions());
    assertTrue(config.tiedHead());
    assertThrows(IllegalStateException.class, config::inverseFrequencies);
  }

  @Test
  void dropoutIsNamedInAWarning() {
    assertEquals(
        List.of(
            "dropout 0.1 (resid_pdrop) in config.json is not applied",
            "dropout 0.1 (embd_pdrop) in config.json is not applied",
            "dropout 0.1 (attn_pdrop) in config.json is not applied"),
        config("gpt2", "{}").warnings());
    assertEquals(
        List.of("dropout 0.25 (attention_dropout) in config.json is not applied"),
        config("qwen2", "{\"attention_dropout\": 0.25}").warnings());
    assertEquals(
        List.of(),
        config("gpt2", "{\"resid_pdrop\":0,\"embd_pdrop\":0,\"attn_pdrop\":0}").warnings());
  }

  @Test
  void whatALlamaIgnoresIsNamedInAWarning() {
    ModelConfig config = config("llama-tied", "{\"sliding_window\": 8}");
    assertEquals(1, config.warnings().size());
    assertTrue(config.warnings().get(0).startsWith("sliding_window 8"));
    config.requireSequenceLength(9);
  }

  @Test
  void headDimensionAndKvHeadsHaveHuggingFacesDefaults() {
    ModelConfig config = without("llama-tied", "head_dim", "num_key_value_heads");
    assertEquals(4, config.headDim());
    assertEquals(4, config.numKvHeads());
    ModelConfig nulls = config("llama-tied", "{\"head_dim\": null, \"num_key_value_heads\": null}");
    assertEquals(4, nulls.headDim());
    assertEquals(4, nulls.numKvHeads());
  }

  @Test
  void theModelTypeTellsTheArchitectureWhereNoneIsGiven() {
    assertEquals(Architecture.QWEN2, without("qwen2", "architectures").architecture());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'rope_parameters': null, 'rope_theta': 5000}|5000|Plain",
        "{'rope_parameters': null, 'rope_theta': 7e3, 'rope_scaling': null}|7000|Plain",
        "{'rope_parameters': null}|10000|Plain",
        "{'rope_parameters': {}}|10000|Plain",
        "{'rope_parameters': {'rope_type': 'default', 'rope_theta': 1e6}}|1e6|Plain",
        "{'rope_parameters': {'full_attention': {'rope_type': 'default', 'rope_theta':"
            + " 3e4}}}|3e4|Plain",
        "{'rope_parameters': null, 'rope_theta': 2e4, 'rope_scaling': {'type': 'linear', 'factor':"
            + " 2}}|2e4|Linear",
        "{'rope_parameters': null, 'rope_theta': 5e5, 'rope_scaling': {'rope_type': 'llama3',"
            + " 'factor': 8, 'low_freq_factor': 1, 'high_freq_factor': 4,"
            + " 'original_max_position_embeddings': 64}}|5e5|Llama3",
      })
  void ropeIsReadInOldAndNewStyles(String changes, double theta, String scaling) {
    RotaryFrequencies rope = rope(config("llama-tied", changes.replace('\'', '"')));
    assertEquals(theta, rope.theta());
    assertEquals(scaling, rope.scaling().getClass().getSimpleName());
  }

  @Test
  void llama3ScalingTakesTheLengthFromThePositionsWhereItIsNotGiven() {
    ModelConfig config =
        config(
            "llama-tied",
            """
            {"rope_parameters": {"rope_type": "llama3", "rope_theta": 5e5, "factor": 8,
             "low_freq_factor": 1, "high_freq_factor": 4}}
            """);
    assertEquals(new RotaryFrequencies.Llama3(8, 1, 4, 256), rope(config).scaling());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "llama-tied|{'architectures': ['GemmaForCausalLM']}|GemmaForCausalLM|LlamaForCausalLM,"
            + " MistralForCausalLM",
        "llama-tied|{'architectures': null, 'model_type': 'phi3'}|phi3|GPT2LMHeadModel",
        "llama-tied|{'model_type': 'mixtral'}|mixtral|llama",
        "llama-tied|{'hidden_act': 'gelu'}|hidden_act|silu",
        "llama-tied|{'hidden_size': null}|hidden_size|missing",
        "llama-tied|{'hidden_size': 16.5}|hidden_size|whole number",
        "llama-tied|{'hidden_size': -1}|hidden_size|whole number",
        "llama-tied|{'vocab_size': 99999999999}|vocab_size|2147483647",
        "llama-tied|{'num_hidden_layers': 2000000000}|num_hidden_layers|100000",
        "llama-tied|{'num_key_value_heads': 3}|num_key_value_heads|divide",
        "llama-tied|{'head_dim': 5}|head dimension|even",
        "llama-tied|{'head_dim': null, 'num_attention_heads': 6}|16|6 attention heads",
        "llama-tied|{'quantization_config': {'bits': 4}}|quantization_config|quantized",
        "llama-tied|{'num_local_experts': 8}|num_local_experts|experts",
        "llama-tied|{'pretraining_tp': 2}|pretraining_tp|2",
        "llama-tied|{'partial_rotary_factor': 0.5}|partial_rotary_factor|0.5",
        "llama-tied|{'attention_bias': 'yes'}|attention_bias|true or false",
        "llama-tied|{'rms_norm_eps': 0}|rms_norm_eps|above 0",
        "llama-tied|{'pad_token_id': 67}|pad_token_id|67",
        "llama-tied|{'rope_scaling': {'type': 'yarn', 'factor': 2}}|yarn|llama3",
        "llama-tied|{'rope_scaling': {'rope_type': 'dynamic', 'factor': 2}}|dynamic|linear",
        "llama-tied|{'rope_parameters': {'rope_type': 'longrope'}}|longrope|llama3",
        "llama-tied|{'rope_parameters': {'rope_type': 'llama3', 'factor':"
            + " 8}}|low_freq_factor|missing",
        "llama-tied|{'rope_parameters': 7}|rope_parameters|object",
        "qwen2|{'layer_types': ['linear_attention',"
            + " 'full_attention']}|linear_attention|full_attention",
        "qwen2|{'use_mrope': true}|use_mrope|false",
        "gpt2|{'activation_function': 'relu'}|activation_function|gelu_new",
        "gpt2|{'scale_attn_by_inverse_layer_idx': true}|scale_attn_by_inverse_layer_idx|false",
        "gpt2|{'reorder_and_upcast_attn': true}|reorder_and_upcast_attn|false",
        "gpt2|{'add_cross_attention': true}|add_cross_attention|false",
        "gpt2|{'scale_attn_weights': false}|scale_attn_weights|true",
      })
  void whatIsNotSupportedIsRefusedByName(
      String fixture, String changes, String named, String valid) {
    UserInputException refused =
        assertThrows(UserInputException.class, () -> config(fixture, changes.replace('\'', '"')));
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains(named), message);
    assertTrue(message.contains(valid), message);
    assertEquals(1, message.lines().count());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mistral-f16-shards|{'sliding_window': 100}|100",
        "qwen2|{'use_sliding_window': true, 'sliding_window': 100, 'layer_types': null,"
            + " 'max_window_layers': 1}|100",
        "qwen2|{'use_sliding_window': true, 'sliding_window': 100, 'layer_types':"
            + " ['full_attention', 'sliding_attention']}|100",
        "gpt2|{}|32",
      })
  void aLengthBeyondWindowOrPositionsIsRefused(String fixture, String changes, long longest) {
    ModelConfig config = config(fixture, changes.replace('\'', '"'));
    config.requireSequenceLength(longest);
    UserInputException refused =
        assertThrows(UserInputException.class, () -> config.requireSequenceLength(longest + 1));
    assertTrue(String.valueOf(refused.getMessage()).contains("at most " + longest));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mistral-f16-shards|{'sliding_window': null}",
        "qwen2|{'use_sliding_window': false, 'sliding_window': 100}",
        "qwen2|{'use_sliding_window': true, 'sliding_window': 100, 'layer_types': null}",
        "qwen2|{'use_sliding_window': true, 'sliding_window': null, 'layer_types': null,"
            + " 'max_window_layers': 0}",
        "llama-tied|{}",
      })
  void aDisabledWindowLimitsNothing(String fixture, String changes) {
    ModelConfig config = config(fixture, changes.replace('\'', '"'));
    assertNull(config.slidingWindow());
    config.requireSequenceLength(1L << 40);
  }

  @Test
  void mistralWithoutTheKeyHasHuggingFacesDefaultWindow() {
    assertEquals(4096L, without("mistral-f16-shards", "sliding_window").slidingWindow());
  }

  @Test
  void aNegativePaddingTokenCountsFromTheEnd() {
    assertEquals(66L, config("llama-tied", "{\"pad_token_id\": -1}").paddingToken());
  }

  @Test
  void theWrittenTreeKeepsUnknownKeysAndNamesF32() {
    ObjectNode original = Fixtures.config("llama-biases-bf16", "{\"my_key\": {\"a\": [1, 2.5]}}");
    ObjectNode written = ModelConfig.of(original, "test").toJson();
    assertEquals("float32", written.get("dtype").textValue());
    assertFalse(written.has("torch_dtype"));
    original.put("dtype", "float32");
    assertEquals(original, written);
    ObjectNode old = Fixtures.config("gpt2", "{\"torch_dtype\": \"float16\"}");
    old.remove("dtype");
    assertEquals("float32", ModelConfig.of(old, "test").toJson().get("torch_dtype").textValue());
  }
}
