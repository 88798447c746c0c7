package org.memo.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.memo.bindings.kernels.Kernels;
import org.memo.device.DeviceRegion;
import org.memo.device.host.HostDevice;
import org.memo.planner.cost.ElementType;

/**
 * The operations whose bits do not depend on the number of threads. Gradients of parameters that
 * rows share (norms, bias) are not among them: each thread adds up rows of its own.
 */
@Isolated("the instruction set is the whole process's")
@ParameterizedClass(name = "{0} in {1}")
@MethodSource("kinds")
class HostThreadsTest {
  private static final long SLAB_BYTES = 64 << 20;
  private static final int REPETITIONS = 2;

  @Parameter(0)
  String isa;

  @Parameter(1)
  ElementType type;

  private String isaBefore;

  static List<Arguments> kinds() {
    List<Arguments> kinds = new ArrayList<>();
    for (String isa : InstructionSets.ofThisMachine()) {
      for (ElementType type : ElementType.values()) {
        kinds.add(Arguments.of(isa, type));
      }
    }
    return kinds;
  }

  @BeforeEach
  void useTheInstructionSet() {
    isaBefore = Kernels.isa();
    Kernels.useIsa(isa);
  }

  @AfterEach
  void restoreTheInstructionSet() {
    Kernels.useIsa(isaBefore);
  }

  @Test
  void attention() {
    assertSameBits(slab -> attend(slab, new AttentionCase(type, 389, 6, 3, 32, 1, 0, 389)));
    assertSameBits(
        slab -> attend(slab, new AttentionCase(type, 333, 4, 1, 33, 1, 0, 7, 7, 200, 333)));
  }

  @Test
  void ringAttention() {
    assertSameBits(
        slab -> ring(slab, new AttentionCase(type, 600, 4, 2, 32, 1, 0, 7, 7, 200, 600), 2));
  }

  @Test
  void sumOfSquares() {
    float[] x = Samples.normal(1, 300_007);
    assertSameBits(slab -> slab.run(new SumOfSquares(slab.put(x), slab.put(1.0), x.length)));
  }

  @Test
  void crossEntropy() {
    float[] logits = Samples.normal(1, 61 * 1001, 3);
    int[] targets = Samples.ids(2, 61, 1001);
    assertSameBits(slab ->
        slab.run(
            new CrossEntropy(
                slab.put(type, logits), slab.put(targets), slab.put(1.0), 61, 1001, 0.5f, type)));
  }

  @Test
  void embeddingGradient() {
    float[] dy = Samples.matrix(1, 201, 129);
    int[] ids = Samples.ids(2, 201, 10);
    assertSameBits(slab ->
        slab.run(
            new EmbeddingBackward(
                slab.put(type, dy),
                slab.put(ids),
                slab.put(new float[10 * 129]),
                201,
                129,
                10,
                -1,
                type)));
  }

  @Test
  void optimizerStep() {
    int elements = 70_001;
    AdamWStep step = new AdamWStep(0.5, 1e-3, 0.9, 0.999, 1e-8, 0.1, 0.1, 0.001);
    assertSameBits(slab ->
        slab.run(
            new AdamW(
                slab.put(Samples.normal(1, elements)),
                slab.put(new float[elements]),
                slab.put(new float[elements]),
                slab.put(Samples.normal(2, elements)),
                elements,
                step,
                type,
                type == ElementType.F32 ? null : slab.room(type, elements))));
  }

  private static void attend(TestSlab slab, AttentionCase attention) {
    AttentionShape shape = attention.shape;
    ElementType type = attention.type;
    DeviceRegion qkv = slab.put(type, attention.qkv);
    DeviceRegion offsets = slab.put(attention.segmentOffsets);
    DeviceRegion out = slab.room(type, attention.dout.length);
    DeviceRegion sums = slab.floats(shape.heads() * shape.tokens());
    slab.run(new FlashAttentionForward(qkv, out, sums, offsets, shape, type));
    slab.run(
        new FlashAttentionBackward(
            qkv,
            out,
            slab.put(type, attention.dout),
            sums,
            slab.put(new float[(int) (shape.heads() * shape.tokens())]),
            slab.room(type, attention.qkv.length),
            offsets,
            shape,
            type));
  }

  /** Leaves the results in the slab. */
  private static void ring(TestSlab slab, AttentionCase attention, int places) {
    RingRun run = new RingRun(slab, attention, places, 0).forwardAndBackward();
    slab.clear();
    slab.put(run.out);
    slab.put(run.logSumExp);
    slab.put(run.gradient);
  }

  private static void assertSameBits(Consumer<TestSlab> operations) {
    byte[] expected = imageAfter(operations, 1);
    for (int threads : new int[] {2, 5}) {
      for (int i = 0; i < REPETITIONS; i++) {
        assertArrayEquals(expected, imageAfter(operations, threads), "threads " + threads);
      }
    }
  }

  private static byte[] imageAfter(Consumer<TestSlab> operations, int threads) {
    try (HostDevice device = new HostDevice(SLAB_BYTES, 0, threads)) {
      TestSlab slab = new TestSlab(device);
      operations.accept(slab);
      return slab.image();
    }
  }
}
