package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.memo.bindings.CudaLibraries;
import org.memo.device.DeviceException;
import org.memo.device.cuda.CudaDevice;
import org.memo.device.cuda.CudaOptions;
import org.memo.planner.cost.ElementType;

/** Attention by cuDNN on a GPU against the definition in f64. */
@Tag("gpu")
class CudnnAttentionTest {
  private static final long SLAB_BYTES = 256L << 20;
  private static final long AMPLE_SCRATCH_BYTES = 1L << 30;

  /** Head dimensions, ratios of heads, and lengths around and far from whole tiles. */
  private static final List<AttentionCase> CASES =
      List.of(
          attention(2, 2, 2, 64, 1),
          attention(64, 4, 4, 64, 1),
          attention(128, 4, 2, 128, 1),
          attention(129, 2, 1, 80, 1),
          attention(300, 6, 2, 128, 1),
          attention(515, 8, 1, 64, 1),
          attention(1100, 8, 2, 128, 1),
          attention(200, 3, 1, 256, 1),
          attention(160, 3, 3, 64, 12));

  /**
   * Documents: of one token, empty, as long as all the rest, and more than a plan takes at once.
   */
  private static final List<AttentionCase> DOCUMENTS =
      List.of(
          documents(300, 6, 2, 128, 0, 100, 100, 300),
          documents(129, 2, 2, 80, 0, 1, 2, 129),
          documents(515, 8, 1, 64, 0, 3, 130, 259, 260, 512, 515),
          documents(1100, 8, 2, 128, everyOther(1100)));

  /** As many query heads, in four groups where scratch is short. */
  private static final AttentionCase GROUPED = attention(1024, 8, 4, 64, 1);

  private static AttentionCase attention(
      long tokens, long heads, long kvHeads, long headDim, double deviation) {
    return new AttentionCase(
        ElementType.BF16, tokens, heads, kvHeads, headDim, deviation, 0, tokens);
  }

  private static AttentionCase documents(
      long tokens, long heads, long kvHeads, long headDim, long... offsets) {
    return new AttentionCase(ElementType.BF16, tokens, heads, kvHeads, headDim, 1, offsets);
  }

  /** Segments of two tokens. */
  private static long[] everyOther(long tokens) {
    return LongStream.rangeClosed(0, tokens / 2).map(i -> 2 * i).toArray();
  }

  private static CudaDevice device(boolean nondeterministic, long scratchBytes) {
    CudaOptions options =
        new CudaOptions(
            0, false, Optional.of("cuDNN"), nondeterministic, scratchBytes, false, false);
    return CudaDevice.open(options, SLAB_BYTES, 0, (pinned, total) -> {});
  }

  @BeforeAll
  static void requireCudnn() {
    CudaLibraries.missing("cudnn").ifPresent(Assumptions::abort);
  }

  @Test
  void outputAndLogSumExpAreThoseOfTheDefinition() {
    try (CudaDevice device = device(false, AMPLE_SCRATCH_BYTES)) {
      for (AttentionCase attention : CASES) {
        AttentionRun run = new AttentionRun(device, attention);
        run.forward();
        checkForward(attention, run);
      }
      assertRanOnCudnn(device);
    }
  }

  @Test
  void gradientsSummedInAnyOrderAreThoseOfTheDefinition() {
    checkGradients(true);
  }

  @Test
  void gradientsSummedInOneOrderAreThoseOfTheDefinition() {
    checkGradients(false);
  }

  @Test
  void theForwardPassGivesTheSameBitsEachTime() {
    try (CudaDevice device = device(false, AMPLE_SCRATCH_BYTES)) {
      for (AttentionCase attention : CASES) {
        AttentionRun run = new AttentionRun(device, attention);
        run.forward();
        float[] first = run.out();
        float[] firstSums = run.logSumExp();
        run.forward();
        assertArrayEquals(first, run.out(), attention.toString());
        assertArrayEquals(firstSums, run.logSumExp(), attention.toString());
      }
    }
  }

  @Test
  void theDeterministicBackwardPassGivesTheSameBitsEachTime() {
    try (CudaDevice device = device(false, AMPLE_SCRATCH_BYTES)) {
      for (AttentionCase attention : CASES) {
        AttentionRun run = new AttentionRun(device, attention);
        run.forward();
        run.backward();
        float[] first = run.gradient();
        for (int i = 0; i < 10; i++) {
          run.backward();
          assertArrayEquals(first, run.gradient(), attention.toString());
        }
      }
    }
  }

  @Test
  void headsInGroupsGiveWhatAllHeadsAtOnceGive() {
    float[] atOnce = gradient(false, AMPLE_SCRATCH_BYTES);
    long pairBytes = 2L * 1024 * 1024;
    float[] inGroups = gradient(false, 3 * 2 * pairBytes);
    assertArrayEquals(atOnce, inGroups);
  }

  @Test
  void headsInGroupsGiveTheGradientsOfTheDefinition() {
    long groupBytes = 2L * 1024 * 64 * 8;
    double[] expected = GROUPED.expected().dqkv;
    gradientBound(GROUPED).check("dqkv", expected, gradient(true, groupBytes + (64 << 10)));
  }

  /** In a steady step all addresses are known: nothing is made anew. */
  @Test
  void whatWasRunOnceAllocatesNoMore() {
    try (CudaDevice device = device(true, AMPLE_SCRATCH_BYTES)) {
      AttentionRun run = new AttentionRun(device, GROUPED);
      run.forward();
      run.backward();
      long allocations = device.allocations();
      for (int i = 0; i < 5; i++) {
        run.forward();
        run.backward();
      }
      assertEquals(allocations, device.allocations());
    }
  }

  @Test
  void outputAndLogSumExpOfDocumentsAreThoseOfTheDefinition() {
    for (AttentionCase attention : DOCUMENTS) {
      try (CudaDevice device = device(false, AMPLE_SCRATCH_BYTES)) {
        AttentionRun run = new AttentionRun(device, attention);
        run.forward();
        checkForward(attention, run);
        assertRanOnCudnn(device);
      }
    }
  }

  /** One at a time: some GPUs' plans need scratch for each document. */
  @Test
  void gradientsOfDocumentsAreThoseOfTheDefinition() {
    for (AttentionCase attention : DOCUMENTS) {
      try (CudaDevice device = device(true, 32 * AMPLE_SCRATCH_BYTES)) {
        AttentionRun run = new AttentionRun(device, attention);
        run.forward();
        run.backward();
        gradientBound(attention)
            .check(attention + " dqkv", attention.expected().dqkv, run.gradient());
        assertRanOnCudnn(device);
      }
    }
  }

  /** The next step's documents begin elsewhere; what is kept of the last must not matter. */
  @Test
  void otherDocumentsOfTheSameShapeAreReadAnewFromTheDevice() {
    try (CudaDevice device = device(true, AMPLE_SCRATCH_BYTES)) {
      for (AttentionCase attention :
          List.of(
              documents(300, 6, 2, 128, 0, 100, 100, 300),
              documents(300, 6, 2, 128, 0, 1, 299, 300))) {
        AttentionRun run = new AttentionRun(device, attention);
        run.forward();
        checkForward(attention, run);
      }
    }
  }

  @Test
  void offsetsThatAreBadAreSaidAndChangeNothing() {
    try (CudaDevice device = device(true, AMPLE_SCRATCH_BYTES)) {
      AttentionRun run = new AttentionRun(device, documents(300, 6, 2, 128, 0, 200, 100, 300));
      DeviceException e = assertThrows(DeviceException.class, run::forward);
      assertTrue(e.getMessage().contains("segment"), e.getMessage());
      for (float value : run.out()) {
        assertTrue(Float.isNaN(value), "a value was written");
      }
    }
  }

  private static void checkGradients(boolean nondeterministic) {
    try (CudaDevice device = device(nondeterministic, AMPLE_SCRATCH_BYTES)) {
      for (AttentionCase attention : CASES) {
        AttentionRun run = new AttentionRun(device, attention);
        run.forward();
        run.backward();
        gradientBound(attention)
            .check(attention + " dqkv", attention.expected().dqkv, run.gradient());
      }
      assertRanOnCudnn(device);
    }
  }

  private static float[] gradient(boolean nondeterministic, long scratchBytes) {
    try (CudaDevice device = device(nondeterministic, scratchBytes)) {
      AttentionRun run = new AttentionRun(device, GROUPED);
      run.forward();
      run.backward();
      return run.gradient();
    }
  }

  private static void checkForward(AttentionCase attention, AttentionRun run) {
    AttentionCase.Expected expected = attention.expected();
    Bound.ofLargest(2 * Rounding.error(ElementType.BF16) + scoreError(attention), expected.out)
        .check(attention + " out", expected.out, run.out());
    new Bound(1e-5 + scoreError(attention), 1e-6)
        .check(attention + " lse", expected.logSumExp, run.logSumExp());
  }

  /** Keys' and values' gradients are rounded for each query head before they are summed. */
  private static Bound gradientBound(AttentionCase attention) {
    double ratio = (double) attention.shape.heads() / attention.shape.kvHeads();
    double rounding = (2 + ratio) * Rounding.error(ElementType.BF16);
    return Bound.ofLargest(rounding + scoreError(attention), attention.expected().dqkv);
  }

  /** A score's rounding error is a relative error of its probability. */
  private static double scoreError(AttentionCase attention) {
    return 2e-7 * attention.expected().largestScore;
  }

  private static void assertRanOnCudnn(CudaDevice device) {
    List<String> attentions =
        device.decisions().stream().filter(line -> line.contains(" H=")).toList();
    assertTrue(!attentions.isEmpty(), "nothing was decided");
    attentions.forEach(line -> assertTrue(line.contains(": cuDNN 9."), line));
  }
}
