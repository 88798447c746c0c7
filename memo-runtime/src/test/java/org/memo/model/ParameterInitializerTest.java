package org.memo.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.memo.model.ParameterLayout.Tensor;

class ParameterInitializerTest {
  private static float[] values(ModelConfig config, long seed, String tensorName) {
    ParameterLayout layout = ParameterLayout.of(config);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment parameters = arena.allocate(layout.sizeBytes(), 64);
      WholeVector.fill(layout, new ParameterInitializer(config, layout, seed), parameters);
      Tensor tensor =
          layout.tensors().stream()
              .filter(t -> t.name().equals(tensorName))
              .findAny()
              .orElseThrow();
      return parameters
          .asSlice(tensor.offsetElements() * 4, tensor.elements() * 4)
          .toArray(JAVA_FLOAT);
    }
  }

  private static ModelConfig changed(String fixture, String changes) {
    return ModelConfig.of(Fixtures.config(fixture, changes), "test");
  }

  private static double standardDeviation(float[] values) {
    double squares = 0;
    for (float value : values) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares / values.length);
  }

  @Test
  void weightsAreNormalAndNormsOne() {
    ModelConfig tiny = Presets.named("tiny").orElseThrow();
    float[] embedding = values(tiny, 1, "model.embed_tokens.weight");
    assertEquals(0.02, standardDeviation(embedding), 0.0003);
    long within = 0;
    double mean = 0;
    for (float value : embedding) {
      within += Math.abs(value) < 0.02 ? 1 : 0;
      mean += value / embedding.length;
    }
    assertEquals(0.6827, (double) within / embedding.length, 0.01);
    assertEquals(0, mean, 0.0004);
    float[] ones = new float[128];
    Arrays.fill(ones, 1);
    assertEquals(Arrays.toString(ones), Arrays.toString(values(tiny, 1, "model.norm.weight")));
  }

  @Test
  void gpt2sResidualProjectionsAreNarrower() {
    String changes = "{\"n_embd\": 128}";
    ModelConfig config = changed("gpt2", changes);
    assertEquals(
        0.02 / 2, standardDeviation(values(config, 5, "transformer.h.1.mlp.c_proj.weight")), 1e-4);
    assertEquals(
        0.02, standardDeviation(values(config, 5, "transformer.h.1.mlp.c_fc.weight")), 2e-4);
    assertEquals(0, standardDeviation(values(config, 5, "transformer.h.1.mlp.c_fc.bias")));
  }

  @Test
  void aValueDependsOnSeedNameAndIndexAlone() {
    ModelConfig one = changed("llama-tied", "{\"num_hidden_layers\": 1}");
    ModelConfig three = changed("llama-tied", "{\"num_hidden_layers\": 3}");
    String name = "model.layers.0.mlp.up_proj.weight";
    String gate = "model.layers.0.mlp.gate_proj.weight";
    assertEquals(Arrays.toString(values(one, 9, name)), Arrays.toString(values(three, 9, name)));
    assertNotEquals(Arrays.toString(values(one, 9, name)), Arrays.toString(values(one, 8, name)));
    assertNotEquals(Arrays.toString(values(one, 9, name)), Arrays.toString(values(one, 9, gate)));
  }

  @Test
  void aRunOfATensorIsThatPartOfIt() {
    ModelConfig config = changed("llama-tied", "{\"pad_token_id\": 2}");
    ParameterLayout layout = ParameterLayout.of(config);
    ParameterInitializer initializer = new ParameterInitializer(config, layout, 3);
    for (Tensor tensor : layout.tensors()) {
      float[] whole = values(config, 3, tensor.name());
      for (int first : new int[] {0, 1, 2, whole.length / 2, whole.length - 1}) {
        for (int last : new int[] {first + 1, (first + whole.length + 1) / 2, whole.length}) {
          try (Arena arena = Arena.ofShared()) {
            MemorySegment run = arena.allocate(JAVA_FLOAT, last - first);
            initializer.read(tensor, first, run);
            assertArrayEquals(Arrays.copyOfRange(whole, first, last), run.toArray(JAVA_FLOAT));
          }
        }
      }
    }
  }

  /** Golden: a change of the generator would change every run from scratch. */
  @Test
  void theGeneratorStaysTheSame() {
    float[] values = values(Presets.named("tiny").orElseThrow(), 1, "model.embed_tokens.weight");
    assertEquals(
        "[0.020542052, -0.013472827, 0.012873273]", Arrays.toString(Arrays.copyOf(values, 3)));
  }

  @Test
  void thePaddingTokenStartsAtZero() {
    ModelConfig config = changed("llama-tied", "{\"pad_token_id\": 2}");
    float[] embedding = values(config, 1, "model.embed_tokens.weight");
    assertEquals(0, standardDeviation(Arrays.copyOfRange(embedding, 32, 48)));
    assertNotEquals(0, standardDeviation(Arrays.copyOfRange(embedding, 48, 64)));
  }
}
