package org.memo.bindings.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.memo.bindings.Messages.assertSays;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.OutOfHostMemoryException;

class HostMemoryTest {
  @Test
  void reservedMemoryIsZeroAlignedAndWritable() {
    try (HostMemory memory = HostMemory.reserve("a test", (1L << 20) + 3)) {
      MemorySegment segment = memory.segment();
      assertEquals((1L << 20) + 3, memory.sizeBytes());
      assertEquals(0, segment.address() % 4096);
      assertEquals(0, segment.get(ValueLayout.JAVA_BYTE, memory.sizeBytes() - 1));
      segment.set(ValueLayout.JAVA_BYTE, memory.sizeBytes() - 1, (byte) 5);
    }
  }

  @Test
  void closedMemoryIsRefusedAndClosingAgainDoesNothing() {
    HostMemory memory = HostMemory.reserve("a test", 4096);
    MemorySegment segment = memory.segment();
    memory.close();
    memory.close();
    assertThrows(IllegalStateException.class, () -> segment.get(ValueLayout.JAVA_BYTE, 0));
  }

  @Test
  void moreThanTheMachineHasIsRefusedWithBothNumbers() {
    OutOfHostMemoryException e =
        assertThrows(
            OutOfHostMemoryException.class, () -> HostMemory.reserve("the device slab", 1L << 60));
    assertEquals(1L << 60, e.bytesRequested());
    assertTrue(e.bytesFree() < 1L << 60);
    assertSays("host memory for the device slab: ", e);
  }

  @Test
  void aSizeThatIsNotPositiveIsRefused() {
    assertThrows(NativeCallException.class, () -> HostMemory.reserve("a test", -1));
  }
}
