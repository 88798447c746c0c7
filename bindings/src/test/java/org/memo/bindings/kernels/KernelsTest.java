package org.memo.bindings.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.memo.bindings.Messages.assertSays;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.kernels.generated.MemoKernels;

class KernelsTest {
  private final Arena arena = Arena.ofAuto();

  @Test
  void theLibraryHasTheVersionOfTheBindings() {
    assertEquals(MemoKernels.MEMO_KERNELS_VERSION(), Kernels.version());
    assertTrue(Kernels.isa().matches("avx512|avx2|portable"), Kernels.isa());
  }

  @Test
  void anErrorOfAKernelNamesTheCallTheCodeAndTheArguments() {
    NativeCallException e = assertThrows(NativeCallException.class, () -> Kernels.setNumThreads(0));
    assertEquals("memo_set_num_threads", e.call());
    assertEquals(MemoKernels.MEMO_INVALID_ARGUMENT(), e.code());
    assertSays("memo_set_num_threads failed: MEMO_INVALID_ARGUMENT (1): ", e);
    assertSays("; num_threads=0", e);
  }

  @Test
  void aSegmentThatIsTooSmallIsRefusedBeforeTheCall() {
    MemorySegment four = arena.allocate(16);
    MemorySegment three = arena.allocate(12);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Kernels.rmsNormForward(four, three, four, 1, 4, 1e-5f));
    assertEquals("weight needs 16 bytes but has 12", e.getMessage());
  }

  @Test
  void rowsThatReachPastTheirSegmentAreRefused() {
    Rows rows = new Rows(arena.allocate(4 * 10), 6);
    rows.requireShape("q", 2, 4);
    assertThrows(IllegalArgumentException.class, () -> rows.requireShape("q", 2, 5));
    assertThrows(IllegalArgumentException.class, () -> rows.requireShape("q", 3, 4));
    assertThrows(IllegalArgumentException.class, () -> rows.requireShape("q", 1, 7));
  }

  @Test
  void everyStatusHasTheNameOfTheHeader() {
    assertEquals("MEMO_OUT_OF_MEMORY", KernelStatus.name(MemoKernels.MEMO_OUT_OF_MEMORY()));
    assertEquals("MEMO_UNSUPPORTED", KernelStatus.name(MemoKernels.MEMO_UNSUPPORTED()));
    assertEquals("unknown error", KernelStatus.name(77));
  }
}
