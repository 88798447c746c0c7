package org.memo.device.cuda.cudnn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.cudnn.CudnnDeviceDescription;
import org.memo.bindings.cudnn.CudnnGraph;
import org.memo.bindings.cudnn.CudnnPlan;

/** What cuDNN compiles for GPUs that are described to it. */
@Tag("cudnn")
class CudnnPlanTest {
  private static final long K = 1024;
  private static final long FEW_BYTES = 1L << 16;

  /** Scratch is for whole tiles of tokens. */
  private static final long TILE_TOKENS = 128;

  private static final List<PlanShape.Kind> RAGGED_KINDS =
      List.of(
          PlanShape.Kind.FORWARD,
          PlanShape.Kind.FORWARD_COMPOSED,
          PlanShape.Kind.BACKWARD_ACCUMULATING);

  @BeforeAll
  static void requireCudnn(@TempDir Path folder) {
    DescribedGpu.requireCudnn(folder);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a100", "h100", "b200"})
  void everyKindOfPassCompilesForEveryArchitectureFromShortToAMillionTokens(String gpu) {
    try (CudnnDeviceDescription device = DescribedGpu.open(gpu)) {
      for (PlanShape.Kind kind : PlanShape.Kind.values()) {
        assertScratch(device, shape(kind, 4 * K, 32, 8, 128));
        assertScratch(device, shape(kind, 128 * K, 32, 8, 64));
        assertScratch(device, shape(kind, K * K, 4, 1, 128));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(PlanShape.Kind.class)
  void lengthsAndHeadDimensionsNeedNotBePowersOfTwo(PlanShape.Kind kind) {
    try (CudnnDeviceDescription device = DescribedGpu.open("h100")) {
      for (long tokens : List.of(1L, 300L, 4097L)) {
        assertScratch(device, shape(kind, tokens, 6, 6, 80));
      }
      assertScratch(device, shape(kind, 300, 3, 1, 256));
    }
  }

  /** A100's make the sums of each segment for as many tokens as there are at all. */
  @ParameterizedTest
  @ValueSource(strings = {"a100", "h100", "b200"})
  void segmentsCompileForEveryArchitectureWithScratchThatIsBoundedButOnTheOldest(String gpu) {
    try (CudnnDeviceDescription device = DescribedGpu.open(gpu)) {
      for (PlanShape.Kind kind : RAGGED_KINDS) {
        boolean grows = gpu.equals("a100") && kind.isBackward();
        assertRaggedScratch(device, ragged(kind, 512, 4000, 32, 8, 128), grows);
        assertRaggedScratch(device, ragged(kind, 8, 300, 6, 6, 80), grows);
      }
    }
  }

  @Test
  void oneTokenAndAMillionInSegmentsCompile() {
    try (CudnnDeviceDescription device = DescribedGpu.open("h100")) {
      for (PlanShape.Kind kind : RAGGED_KINDS) {
        assertRaggedScratch(device, ragged(kind, 8, 1, 4, 2, 64), false);
        assertRaggedScratch(device, ragged(kind, 512, K * K, 32, 8, 128), false);
      }
    }
  }

  /** Else scratch grows with the square of the tokens for each segment. */
  @ParameterizedTest
  @ValueSource(strings = {"a100", "b200"})
  void segmentsAreDeterministicBackwardOnNoOtherThanHopper(String gpu) {
    PlanShape shape = ragged(PlanShape.Kind.BACKWARD_DETERMINISTIC, 8, 300, 4, 4, 64);
    try (CudnnDeviceDescription device = DescribedGpu.open(gpu);
        CudnnDeviceDescription hopper = DescribedGpu.open("h100")) {
      assertThrows(NativeCallException.class, () -> build(device, shape));
      try (CudnnPlan plan = build(hopper, shape)) {
        assertTrue(plan.workspaceBytes() >= 2L * 8 * 4 * 300 * 300);
      }
    }
  }

  @Test
  void aHeadDimensionThatNoEngineTakesIsSaidWithCudnnsOwnWords() {
    try (CudnnDeviceDescription device = DescribedGpu.open("h100")) {
      NativeCallException e =
          assertThrows(
              NativeCallException.class,
              () -> build(device, shape(PlanShape.Kind.FORWARD, 300, 4, 4, 12)));
      assertEquals(3000, e.code());
      assertTrue(
          e.getMessage().contains("CUDNN_STATUS_NOT_SUPPORTED (3000): cuDNN suggests no engine"),
          e.getMessage());
    }
  }

  @Test
  void aPlanComesBackFromItsText() {
    try (CudnnDeviceDescription device = DescribedGpu.open("h100");
        CudnnPlan plan =
            build(device, shape(PlanShape.Kind.BACKWARD_ACCUMULATING, 4 * K, 8, 2, 128));
        CudnnPlan again = CudnnPlan.ofJson(plan.toJson(), device)) {
      assertEquals(plan.workspaceBytes(), again.workspaceBytes());
      assertEquals(plan.engine(), again.engine());
    }
  }

  @Test
  void aTextThatIsNoPlanIsRefused() {
    try (CudnnDeviceDescription device = DescribedGpu.open("h100")) {
      assertThrows(NativeCallException.class, () -> CudnnPlan.ofJson("{", device));
    }
  }

  @Test
  void aDescriptionThatIsNoneIsRefused() {
    NativeCallException e =
        assertThrows(NativeCallException.class, () -> new CudnnDeviceDescription("[]"));
    assertTrue(e.getMessage().contains("descriptor=DEVICE"), e.getMessage());
  }

  /**
   * The bounds that docs/cudnn.md states. Keys' and values' gradients are first made for each query
   * head where heads share them.
   */
  private static void assertScratch(CudnnDeviceDescription device, PlanShape shape) {
    long tokens = Math.ceilDiv(shape.tokens(), TILE_TOKENS) * TILE_TOKENS;
    long elements = shape.heads() * tokens * shape.headDim();
    long pairs = shape.heads() * shape.tokens() * shape.tokens();
    long tilePairs = shape.heads() * tokens * tokens;
    try (CudnnPlan plan = build(device, shape)) {
      long bytes = plan.workspaceBytes();
      switch (shape.kind()) {
        case FORWARD, FORWARD_COMPOSED -> assertBetween(0, bytes, 256, shape);
        case BACKWARD_ACCUMULATING -> assertBetween(0, bytes, 9 * elements + FEW_BYTES, shape);
        case BACKWARD_DETERMINISTIC ->
            assertBetween(2 * pairs, bytes, 2 * tilePairs + 9 * elements + FEW_BYTES, shape);
      }
    }
  }

  private static void assertRaggedScratch(
      CudnnDeviceDescription device, PlanShape shape, boolean grows) {
    long bytesOfSegments = shape.segments() * 512 + FEW_BYTES;
    long sums =
        (shape.tokens() + TILE_TOKENS) * shape.segments() * shape.heads() * shape.headDim() * 4;
    try (CudnnPlan plan = build(device, shape)) {
      assertBetween(0, plan.workspaceBytes(), grows ? sums + FEW_BYTES : bytesOfSegments, shape);
    }
  }

  private static PlanShape ragged(
      PlanShape.Kind kind, long segments, long tokens, long heads, long kvHeads, long headDim) {
    long qkvRow = (heads + 2 * kvHeads) * headDim;
    return new PlanShape(kind, segments, tokens, heads, kvHeads, headDim, qkvRow, heads * headDim);
  }

  private static void assertBetween(long least, long bytes, long most, PlanShape shape) {
    assertTrue(
        least <= bytes && bytes <= most,
        () -> "%s needs %d bytes, not %d to %d".formatted(shape.name(), bytes, least, most));
  }

  private static CudnnPlan build(CudnnDeviceDescription device, PlanShape shape) {
    try (CudnnGraph graph = AttentionGraph.of(shape)) {
      return CudnnPlan.build(graph, device);
    }
  }

  static PlanShape shape(PlanShape.Kind kind, long tokens, long heads, long kvHeads, long headDim) {
    return new PlanShape(
        kind, 1, tokens, heads, kvHeads, headDim, (heads + 2 * kvHeads) * headDim, heads * headDim);
  }
}
