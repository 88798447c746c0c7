package org.memo.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.memo.UserInputException;
import org.memo.model.ParameterLayout.Block;
import org.memo.model.ParameterLayout.LayerBlocks;
import org.memo.model.ParameterLayout.Tensor;

class ParameterLayoutTest {
  static final List<String> FOLDERS = Fixtures.FOLDERS;

  private static ParameterLayout layout(String fixture, String changes) {
    return ParameterLayout.of(ModelConfig.of(Fixtures.config(fixture, changes), "test"));
  }

  private static Tensor tensor(ParameterLayout layout, String name) {
    return layout.tensors().stream().filter(t -> t.name().equals(name)).findAny().orElseThrow();
  }

  @ParameterizedTest
  @FieldSource("FOLDERS")
  void tensorsFollowEachOtherWithMatricesFirst(String fixture) {
    ParameterLayout layout = layout(fixture, "{}");
    long end = 0;
    long count = 0;
    for (Tensor tensor : layout.tensors()) {
      assertTrue(tensor.offsetElements() >= end, tensor.name());
      assertTrue(tensor.offsetElements() - end < ParameterLayout.ALIGNMENT_ELEMENTS);
      assertEquals(tensor.isMatrix(), tensor.offsetElements() < layout.matrixElements());
      end = tensor.endElements();
      count += tensor.elements();
    }
    assertEquals(count, layout.parameterCount());
    assertTrue(layout.elements() >= end && layout.elements() < end + 16);
    assertEquals(0, layout.matrixElements() % 16);
    assertEquals(0, layout.elements() % 16);
  }

  @Test
  void queriesKeysAndValuesAreOneMatrixAndOneBias() {
    ParameterLayout layout = layout("llama-biases-bf16", "{}");
    LayerBlocks layer = layout.layer(1);
    Block qkv = layer.qkv();
    assertEquals((4 + 2 * 2) * 8, qkv.outputs());
    assertEquals(16, qkv.inputs());
    String attention = "model.layers.1.self_attn.";
    assertEquals(
        qkv.offsetElements(), tensor(layout, attention + "q_proj.weight").offsetElements());
    assertEquals(
        qkv.offsetElements() + 32 * 16,
        tensor(layout, attention + "k_proj.weight").offsetElements());
    assertEquals(
        qkv.offsetElements() + 48 * 16,
        tensor(layout, attention + "v_proj.weight").offsetElements());
    Block bias = assertNotNullBlock(layer.qkvBias());
    assertEquals(64, bias.outputs());
    assertEquals(1, bias.inputs());
    assertEquals(
        bias.offsetElements() + 48, tensor(layout, attention + "v_proj.bias").offsetElements());
  }

  @Test
  void gateAndUpAreOneMatrix() {
    ParameterLayout layout = layout("qwen2", "{}");
    Block mlpIn = layout.layer(0).mlpIn();
    assertEquals(48, mlpIn.outputs());
    assertEquals(
        mlpIn.offsetElements() + 24 * 16,
        tensor(layout, "model.layers.0.mlp.up_proj.weight").offsetElements());
    assertNull(layout.layer(0).mlpInBias());
    assertNull(layout.layer(0).attentionOutputBias());
    assertNull(layout.layer(0).attentionNormBias());
  }

  @Test
  void gpt2sWeightsStayInputMajor() {
    ParameterLayout layout = layout("gpt2", "{}");
    LayerBlocks layer = layout.layer(0);
    assertTrue(layer.qkv().inputMajor() && layer.mlpOut().inputMajor());
    assertEquals(48, layer.qkv().outputs());
    assertEquals(List.of(16L, 48L), tensor(layout, "transformer.h.0.attn.c_attn.weight").shape());
    assertEquals(List.of(64L, 16L), tensor(layout, "transformer.h.0.mlp.c_proj.weight").shape());
    assertEquals(32, assertNotNullBlock(layout.positionEmbedding()).outputs());
    assertNotNull(layout.finalNormBias());
  }

  @Test
  void aTiedHeadIsTheTokenEmbedding() {
    ParameterLayout tied = layout("llama-tied", "{}");
    assertSame(tied.tokenEmbedding(), tied.head());
    ParameterLayout untied = layout("llama-tied", "{\"tie_word_embeddings\": false}");
    assertEquals("lm_head.weight", untied.head().name());
    assertEquals(tied.parameterCount() + 67 * 16, untied.parameterCount());
  }

  @Test
  void presetsHaveTheirParameters() {
    assertEquals(124_439_808, layoutOf("gpt2-124m").parameterCount());
    long layer = 384 * (384 + 2 * 128) + 384 * 384 + 3 * 384 * 1024 + 2 * 384;
    assertEquals(32_000 * 384 + 8 * layer + 384, layoutOf("llama-25m").parameterCount());
    assertEquals(320 * 128, layoutOf("tiny").tokenEmbedding().elements());
    assertTrue(Presets.named("llama-7b").isEmpty());
    Presets.names()
        .forEach(name -> assertEquals(List.of(), Presets.named(name).orElseThrow().warnings()));
  }

  @Test
  void aModelTooLargeForAnAddressIsRefused() {
    String huge =
        """
        {"hidden_size": 2147483646, "vocab_size": 2147483647, "intermediate_size": 2147483647,
         "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 2147483646,
         "num_hidden_layers": 10}
        """;
    assertThrows(UserInputException.class, () -> layout("llama-tied", huge));
  }

  private static ParameterLayout layoutOf(String preset) {
    return ParameterLayout.of(Presets.named(preset).orElseThrow());
  }

  private static Block assertNotNullBlock(@Nullable Block block) {
    assertNotNull(block);
    return Objects.requireNonNull(block);
  }
}
