package org.memo.planner.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorKindTest {
  @ParameterizedTest
  @CsvSource({
    "setup, parameters, STATES",
    "setup, computing parameters, STATES",
    "setup, second moment, STATES",
    "setup, gathered parameters 1, GATHERED",
    "setup, gradients, GRADIENTS",
    "setup, residual gradient, GRADIENTS",
    "micro-batch, qkv gradient, GRADIENTS",
    "setup, layer 31 kept tiles, RESIDENT",
    "setup, layer input 0, BUFFERS",
    "setup, kept tile 15, BUFFERS",
    "setup, tokens, INPUTS",
    "setup, rotary cosines, INPUTS",
    "micro-batch, logits, WORKSPACE",
    "micro-batch, recomputed tile, WORKSPACE"
  })
  void theNameTellsWhatATensorIsFor(String section, String name, TensorKind kind) {
    assertEquals(kind, TensorKind.of(section, name));
  }
}
