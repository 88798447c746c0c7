package org.memo.bindings.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.memo.bindings.Messages.assertSays;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.StorageType;
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
            () -> NormKernels.rmsNormForward(StorageType.F32, four, three, four, 1, 4, 1e-5f));
    assertEquals("weight needs 16 bytes but has 12", e.getMessage());
    NormKernels.rmsNormForward(StorageType.BF16, four, three, four, 1, 4, 1e-5f);
  }

  @Test
  void anErrorOfATypedKernelNamesTheCallOfItsType() {
    MemorySegment x = arena.allocate(64);
    for (StorageType type : StorageType.values()) {
      NativeCallException e =
          assertThrows(
              NativeCallException.class,
              () -> NormKernels.rmsNormForward(type, x, x, x, 0, 0, 1e-5f));
      assertEquals("memo_rms_norm_forward_" + type.name().toLowerCase(Locale.ROOT), e.call());
    }
  }

  @Test
  void bf16IsRoundedToTheNearestWithTiesToEven() {
    float[] values = {1, 1.00390625f, 1.01171875f, -1.0000001f, 0x1.fffp127f, 1e-40f, Float.NaN};
    float[] rounded = {1, 1, 1.015625f, -1, Float.POSITIVE_INFINITY, 0x1p-133f, Float.NaN};
    MemorySegment floats = arena.allocate(4 * values.length);
    floats.copyFrom(MemorySegment.ofArray(values));
    MemorySegment halves = arena.allocate(2 * values.length);
    ConversionKernels.toBf16(floats, halves, values.length);
    MemorySegment back = arena.allocate(4 * values.length);
    ConversionKernels.toFloats(
        new Rows(halves, values.length), new Rows(back, values.length), 1, values.length);
    assertArrayEquals(rounded, back.toArray(ValueLayout.JAVA_FLOAT));
  }

  @Test
  void conversionsKeepToTheirRows() {
    MemorySegment floats = arena.allocate(4 * 12);
    for (int i = 0; i < 12; i++) {
      floats.setAtIndex(ValueLayout.JAVA_FLOAT, i, i);
    }
    MemorySegment halves = arena.allocate(2 * 14);
    ConversionKernels.toBf16(new Rows(floats, 4), new Rows(halves, 5), 3, 3);
    MemorySegment back = arena.allocate(4 * 14);
    ConversionKernels.toFloats(new Rows(halves, 14), new Rows(back, 14), 1, 14);
    assertArrayEquals(
        new float[] {0, 1, 2, 0, 0, 4, 5, 6, 0, 0, 8, 9, 10, 0},
        back.toArray(ValueLayout.JAVA_FLOAT));
    assertThrows(
        IllegalArgumentException.class,
        () -> ConversionKernels.toBf16(new Rows(floats, 4), new Rows(halves, 5), 3, 5));
  }

  @Test
  void rowsThatReachPastTheirSegmentAreRefused() {
    Rows rows = new Rows(arena.allocate(4 * 10), 6);
    rows.requireShape("q", StorageType.F32, 2, 4);
    rows.requireShape("q", StorageType.BF16, 3, 6);
    assertThrows(
        IllegalArgumentException.class, () -> rows.requireShape("q", StorageType.F32, 2, 5));
    assertThrows(
        IllegalArgumentException.class, () -> rows.requireShape("q", StorageType.F32, 3, 4));
    assertThrows(
        IllegalArgumentException.class, () -> rows.requireShape("q", StorageType.F32, 1, 7));
  }

  @Test
  void aRingsShapeIsOfAPlaceAndItsErrorsNameTheBlock() {
    MemorySegment offsets = arena.allocate(16, 8);
    Rows rows = new Rows(arena.allocate(16), 1);
    assertSays(
        "tokens=3, but a place holds two chunks of 2",
        assertThrows(
            IllegalArgumentException.class,
            () -> ring(rows, new RingBlock(2, 2, 0, 0), offsets, 3)));
    assertSays(
        "block=(chunk_tokens=2 places=2 query_place=0 key_place=2)",
        assertThrows(
            NativeCallException.class, () -> ring(rows, new RingBlock(2, 2, 0, 2), offsets, 4)));
  }

  private static void ring(Rows rows, RingBlock block, MemorySegment offsets, long tokens) {
    AttentionShape shape = new AttentionShape(offsets, 1, tokens, 1, 1, 1, 1);
    RingAttentionKernels.forward(
        StorageType.F32, rows, rows, rows, rows, rows.data(), true, block, shape);
  }

  @Test
  void everyStatusHasTheNameOfTheHeader() {
    assertEquals("MEMO_OUT_OF_MEMORY", KernelStatus.name(MemoKernels.MEMO_OUT_OF_MEMORY()));
    assertEquals("MEMO_UNSUPPORTED", KernelStatus.name(MemoKernels.MEMO_UNSUPPORTED()));
    assertEquals("unknown error", KernelStatus.name(77));
  }
}
