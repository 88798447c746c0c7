package org.memo.device.cuda.cudnn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.bindings.cudnn.CudnnDeviceDescription;
import org.memo.bindings.cudnn.CudnnGraph;
import org.memo.bindings.cudnn.CudnnPlan;

/**
 * The graphs that cuDNN says its plans are compiled of, computed on the addresses that each group
 * of heads is given, against attention's definition and its finite differences. Whether cuDNN's
 * kernels compute these graphs only a GPU can show.
 */
@Tag("cudnn")
class GraphMeaningTest {
  private static final int TOKENS = 8;
  private static final int HEADS = 4;
  private static final int KV_HEADS = 2;
  private static final int HEAD_DIM = 8;
  private static final int ROW = (HEADS + 2 * KV_HEADS) * HEAD_DIM;
  private static final int OUT_ROW = HEADS * HEAD_DIM;
  private static final double SCALE = 0.4;

  private final double[] qkv = normal(1, TOKENS * ROW);
  private final double[] dout = normal(2, TOKENS * OUT_ROW);
  private final double[] out = nan(TOKENS * OUT_ROW);
  private final double[] logSumExp = nan(HEADS * TOKENS);
  private final double[] dqkv = nan(TOKENS * ROW);

  /** Of which one is empty. */
  private static final int[] SEGMENTS = {0, 3, 3, 8};

  private static final Map<Long, Double> SCALARS =
      Map.of(
          TensorId.SCALE.id(),
          SCALE,
          TensorId.MINUS_INFINITY.id(),
          Double.NEGATIVE_INFINITY,
          TensorId.ONE.id(),
          1.0);

  private static final int[] ONE_SEQUENCE = {0, TOKENS};

  @BeforeAll
  static void requireCudnn(@TempDir Path folder) {
    DescribedGpu.requireCudnn(folder);
  }

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void theComposedForwardGraphIsAttention(int groups) {
    run(PlanShape.Kind.FORWARD_COMPOSED, groups, 1, ONE_SEQUENCE);
    assertIsAttention(ONE_SEQUENCE);
  }

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void theAccumulatingBackwardGraphIsAttentionsGradient(int groups) {
    attention(qkv, ONE_SEQUENCE, out, logSumExp);
    run(PlanShape.Kind.BACKWARD_ACCUMULATING, groups, 1, ONE_SEQUENCE);
    assertArrayEquals(finiteDifferences(ONE_SEQUENCE), dqkv, 1e-7);
  }

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void theDeterministicBackwardGraphIsAttentionsGradient(int groups) {
    attention(qkv, ONE_SEQUENCE, out, logSumExp);
    run(PlanShape.Kind.BACKWARD_DETERMINISTIC, groups, 1, ONE_SEQUENCE);
    assertArrayEquals(finiteDifferences(ONE_SEQUENCE), dqkv, 1e-7);
  }

  /** A plan for two takes three in two executions, the last of which has an empty one. */
  @ParameterizedTest
  @CsvSource({"1,8", "2,8", "2,2"})
  void theComposedForwardGraphOfSegmentsIsAttentionInsideThem(int groups, int ofPlan) {
    run(PlanShape.Kind.FORWARD_COMPOSED, groups, ofPlan, SEGMENTS);
    assertIsAttention(SEGMENTS);
  }

  @ParameterizedTest
  @CsvSource({
    "BACKWARD_ACCUMULATING, 1, 8",
    "BACKWARD_ACCUMULATING, 2, 8",
    "BACKWARD_ACCUMULATING, 2, 2",
    "BACKWARD_DETERMINISTIC, 2, 8"
  })
  void theBackwardGraphOfSegmentsIsAttentionsGradientInsideThem(
      PlanShape.Kind kind, int groups, int ofPlan) {
    attention(qkv, SEGMENTS, out, logSumExp);
    run(kind, groups, ofPlan, SEGMENTS);
    assertArrayEquals(finiteDifferences(SEGMENTS), dqkv, 1e-7);
  }

  /** Offsets that are bad leave only empty segments. */
  @Test
  void emptySegmentsLeaveAllAsItWas() {
    run(PlanShape.Kind.FORWARD_COMPOSED, 1, 8, 0, 0);
    run(PlanShape.Kind.BACKWARD_ACCUMULATING, 1, 8, 0, 0);
    for (double[] untouched : List.of(out, logSumExp, dqkv)) {
      assertArrayEquals(nan(untouched.length), untouched);
    }
  }

  /** What cuDNN computes inside its one operation its documentation says. */
  @Test
  void theOneOperationOfTheForwardPassHasEachTensorInItsPlace() {
    try (CudnnDeviceDescription device = DescribedGpu.open("h100");
        CudnnPlan plan = build(shape(PlanShape.Kind.FORWARD, 1, 1), device)) {
      JsonNode node =
          GraphInterpreter.tree(plan.toJson()).path("operationGraph").path("nodes").path(0);
      assertEquals(TensorId.QUERIES.id(), node.path("Q").asLong());
      assertEquals(TensorId.KEYS.id(), node.path("K").asLong());
      assertEquals(TensorId.VALUES.id(), node.path("V").asLong());
      assertEquals(TensorId.OUT.id(), node.path("O").asLong());
      assertEquals(TensorId.SCALE.id(), node.path("scale").asLong());
      assertEquals(TensorId.LOG_SUM_EXP.id(), node.path("softmax").path("statsDesc").asLong());
      JsonNode mask = node.path("subgraph").path("nodes").path(0);
      assertEquals("CUDNN_POINTWISE_CMP_GE", mask.path("comparisonMode").asText());
      assertEquals(TensorId.MINUS_INFINITY.id(), mask.path("B").asLong());
      assertEquals(mask.path("X").asLong(), node.path("subgraphInputUid").asLong());
      assertEquals(mask.path("Y").asLong(), node.path("subgraphOutputUid").asLong());
    }
  }

  @Test
  void theOneOperationOfSegmentsHasTheirTablesInPlace() {
    try (CudnnDeviceDescription device = DescribedGpu.open("h100");
        CudnnPlan plan = build(shape(PlanShape.Kind.FORWARD, 1, 8), device)) {
      JsonNode graph = GraphInterpreter.tree(plan.toJson()).path("operationGraph");
      JsonNode node = graph.path("nodes").path(0);
      assertEquals(TensorId.LENGTHS.id(), node.path("seqLenQ").asLong());
      assertEquals(TensorId.LENGTHS.id(), node.path("seqLenKV").asLong());
      Map<Long, TensorId> starts =
          Map.of(
              TensorId.QUERIES.id(), TensorId.QKV_STARTS,
              TensorId.KEYS.id(), TensorId.QKV_STARTS,
              TensorId.VALUES.id(), TensorId.QKV_STARTS,
              TensorId.OUT.id(), TensorId.OUT_STARTS,
              TensorId.LOG_SUM_EXP.id(), TensorId.TOKEN_STARTS);
      int found = 0;
      for (JsonNode tensor : graph.path("tensors")) {
        TensorId table = starts.get(tensor.path("name").asLong());
        if (table != null) {
          assertEquals(table.id(), tensor.path("isRagged").path(0).path("name").asLong());
          found++;
        }
      }
      assertEquals(starts.size(), found);
    }
  }

  private void assertIsAttention(int... offsets) {
    double[] expected = new double[TOKENS * OUT_ROW];
    double[] expectedSums = new double[HEADS * TOKENS];
    attention(qkv, offsets, expected, expectedSums);
    assertArrayEquals(expected, out, 1e-12);
    assertArrayEquals(expectedSums, logSumExp, 1e-12);
  }

  private void run(PlanShape.Kind kind, int groups, int segmentsOfPlan, int... offsets) {
    PlanShape shape = shape(kind, groups, segmentsOfPlan);
    long batches = Math.ceilDiv(offsets.length - 1, segmentsOfPlan);
    try (CudnnDeviceDescription device = DescribedGpu.open("h100");
        CudnnPlan plan = build(shape, device)) {
      PreparedPass pass = new PreparedPass(shape, groups, batches, plan);
      GraphMemory memory = new GraphMemory();
      PassAddresses addresses = addresses(memory, pass);
      for (long group = 0; group < groups; group++) {
        for (long batch = 0; batch < batches; batch++) {
          Map<Long, DeviceAddress> part = addresses.of(pass, group, batch);
          if (shape.isRagged()) {
            fillTables(memory, part, segmentsOfPlan, batch * segmentsOfPlan, offsets);
          }
          new GraphInterpreter(memory, part, SCALARS, HEADS / KV_HEADS).run(plan.toJson());
        }
      }
    }
  }

  /** Elements of any size lie in the scratch, so each of its bytes has its own. */
  private PassAddresses addresses(GraphMemory memory, PreparedPass pass) {
    return new PassAddresses(
        memory.add(qkv, 2),
        memory.add(out, 2),
        memory.add(logSumExp, 4),
        memory.add(dout, 2),
        memory.add(nan(HEADS * TOKENS), 4),
        memory.add(dqkv, 2),
        memory.add(nan(Math.toIntExact(pass.workspaceBytes())), 1));
  }

  /** As the kernel does that makes them. */
  private static void fillTables(
      GraphMemory memory, Map<Long, DeviceAddress> part, int count, long first, int... offsets) {
    for (int i = 0; i <= count; i++) {
      long token = offsets[Math.toIntExact(Math.min(first + i, offsets.length - 1))];
      long next = offsets[Math.toIntExact(Math.min(first + i + 1, offsets.length - 1))];
      set(memory.at(part.get(TensorId.TOKEN_STARTS.id())), i, token);
      set(memory.at(part.get(TensorId.QKV_STARTS.id())), i, token * ROW);
      set(memory.at(part.get(TensorId.OUT_STARTS.id())), i, token * OUT_ROW);
      if (i < count) {
        set(memory.at(part.get(TensorId.LENGTHS.id())), i, next - token);
      }
    }
  }

  private static void set(GraphMemory.Place table, int at, long value) {
    table.values()[Math.toIntExact(table.first() + at)] = value;
  }

  private static PlanShape shape(PlanShape.Kind kind, int groups, int segments) {
    return new PlanShape(
        kind, segments, TOKENS, HEADS / groups, KV_HEADS / groups, HEAD_DIM, ROW, OUT_ROW);
  }

  private static CudnnPlan build(PlanShape shape, CudnnDeviceDescription device) {
    try (CudnnGraph graph = AttentionGraph.of(shape)) {
      return CudnnPlan.build(graph, device);
    }
  }

  /** Of the sum of the output times its gradient. */
  private double[] finiteDifferences(int... offsets) {
    double step = 1e-5;
    double[] gradient = new double[qkv.length];
    for (int i = 0; i < qkv.length; i++) {
      double[] above = qkv.clone();
      double[] below = qkv.clone();
      above[i] += step;
      below[i] -= step;
      gradient[i] = (loss(above, offsets) - loss(below, offsets)) / (2 * step);
    }
    return gradient;
  }

  private double loss(double[] values, int... offsets) {
    double[] result = new double[TOKENS * OUT_ROW];
    attention(values, offsets, result, new double[HEADS * TOKENS]);
    double sum = 0;
    for (int i = 0; i < result.length; i++) {
      sum += result[i] * dout[i];
    }
    return sum;
  }

  /** By the definition; the sums are the logarithms of each row's summed exponentials. */
  private static void attention(double[] values, int[] offsets, double[] result, double[] sums) {
    for (int head = 0; head < HEADS; head++) {
      int kvHead = head / (HEADS / KV_HEADS);
      int keys = (HEADS + kvHead) * HEAD_DIM;
      int columns = (HEADS + KV_HEADS + kvHead) * HEAD_DIM;
      for (int query = 0; query < TOKENS; query++) {
        double[] weights = new double[query + 1];
        int firstKey = firstOfSegment(query, offsets);
        for (int key = firstKey; key <= query; key++) {
          double score = 0;
          for (int d = 0; d < HEAD_DIM; d++) {
            score += values[query * ROW + head * HEAD_DIM + d] * values[key * ROW + keys + d];
          }
          weights[key] = Math.exp(SCALE * score);
        }
        double sum = Arrays.stream(weights).sum();
        sums[head * TOKENS + query] = Math.log(sum);
        for (int d = 0; d < HEAD_DIM; d++) {
          double mean = 0;
          for (int key = firstKey; key <= query; key++) {
            mean += weights[key] / sum * values[key * ROW + columns + d];
          }
          result[query * OUT_ROW + head * HEAD_DIM + d] = mean;
        }
      }
    }
  }

  private static int firstOfSegment(int token, int... offsets) {
    return Arrays.stream(offsets).filter(offset -> offset <= token).max().orElseThrow();
  }

  private static double[] normal(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    return random.doubles(count).map(any -> random.nextGaussian()).toArray();
  }

  private static double[] nan(int count) {
    double[] values = new double[count];
    Arrays.fill(values, Double.NaN);
    return values;
  }
}
