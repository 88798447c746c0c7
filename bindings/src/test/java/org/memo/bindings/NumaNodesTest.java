package org.memo.bindings;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.memo.bindings.kernels.HostMemory;

class NumaNodesTest {
  @Test
  void everyMachineHasANode() {
    assertTrue(NumaNodes.count() >= 1);
  }

  @Test
  void memoryThatPrefersANodeIsMemoryLikeAnyOther() {
    try (HostMemory memory = HostMemory.reserve("a test", 1 << 20)) {
      assertDoesNotThrow(() -> NumaNodes.prefer(memory.segment(), 0));
      memory.segment().set(ValueLayout.JAVA_INT, 4096, 7);
      assertEquals(7, memory.segment().get(ValueLayout.JAVA_INT, 4096));
    }
  }

  @Test
  void aNodeThatNoMachineHasIsRefused() {
    try (HostMemory memory = HostMemory.reserve("a test", 1)) {
      assertThrows(IllegalArgumentException.class, () -> NumaNodes.prefer(memory.segment(), -1));
      assertThrows(IllegalArgumentException.class, () -> NumaNodes.prefer(memory.segment(), 64));
    }
  }
}
