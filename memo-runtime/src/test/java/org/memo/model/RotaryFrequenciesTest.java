package org.memo.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class RotaryFrequenciesTest {
  /** Hugging Face's own, bit for bit. */
  @TestFactory
  List<DynamicTest> frequenciesAreThoseOfHuggingFace() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode example : Fixtures.json(Fixtures.path("rope.json"))) {
      tests.add(
          DynamicTest.dynamicTest(
              example.get("head_dim") + " " + example.get("rope"), () -> requireEqual(example)));
    }
    assertEquals(28, tests.size());
    return tests;
  }

  private static void requireEqual(JsonNode example) {
    String changes =
        """
        {"head_dim": %s, "rope_parameters": %s, "max_position_embeddings": 131072}
        """
            .formatted(example.get("head_dim"), example.get("rope"));
    ModelConfig config = ModelConfig.of(Fixtures.config("llama-tied", changes), "test");
    float[] actual = config.inverseFrequencies();
    int[] bits = new int[actual.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(actual[i]);
    }
    int[] expected = new int[example.get("bits").size()];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = example.get("bits").get(i).intValue();
    }
    assertArrayEquals(expected, bits);
  }

  @Test
  void theFirstFrequencyIsOne() {
    float[] inverse = new RotaryFrequencies(10_000, new RotaryFrequencies.Plain()).inverse(64);
    assertEquals(32, inverse.length);
    assertEquals(1f, inverse[0]);
  }
}
