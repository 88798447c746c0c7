package org.memo.device.cuda.cudnn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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

  @BeforeAll
  static void requireCudnn(@TempDir Path folder) {
    DescribedGpu.requireCudnn(folder);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theComposedForwardGraphIsAttention(int groups) {
    run(PlanShape.Kind.FORWARD_COMPOSED, groups);
    double[] expected = new double[TOKENS * OUT_ROW];
    double[] expectedSums = new double[HEADS * TOKENS];
    attention(qkv, expected, expectedSums);
    assertArrayEquals(expected, out, 1e-12);
    assertArrayEquals(expectedSums, logSumExp, 1e-12);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theAccumulatingBackwardGraphIsAttentionsGradient(int groups) {
    attention(qkv, out, logSumExp);
    run(PlanShape.Kind.BACKWARD_ACCUMULATING, groups);
    assertArrayEquals(finiteDifferences(), dqkv, 1e-7);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void theDeterministicBackwardGraphIsAttentionsGradient(int groups) {
    attention(qkv, out, logSumExp);
    run(PlanShape.Kind.BACKWARD_DETERMINISTIC, groups);
    assertArrayEquals(finiteDifferences(), dqkv, 1e-7);
  }

  /** What cuDNN computes inside its one operation its documentation says. */
  @Test
  void theOneOperationOfTheForwardPassHasEachTensorInItsPlace() {
    try (CudnnDeviceDescription device = DescribedGpu.open("h100");
        CudnnPlan plan = build(shape(PlanShape.Kind.FORWARD, 1), device)) {
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

  private void run(PlanShape.Kind kind, int groups) {
    GraphMemory memory = new GraphMemory();
    double[] scratch = nan(1 << 20);
    PassAddresses addresses =
        new PassAddresses(
            memory.add(qkv, 2),
            memory.add(out, 2),
            memory.add(logSumExp, 4),
            memory.add(dout, 2),
            memory.add(nan(HEADS * TOKENS), 4),
            memory.add(dqkv, 2),
            memory.add(scratch, 4));
    Map<Long, Double> scalars =
        Map.of(
            TensorId.SCALE.id(),
            SCALE,
            TensorId.MINUS_INFINITY.id(),
            Double.NEGATIVE_INFINITY,
            TensorId.ONE.id(),
            1.0);
    PlanShape shape = shape(kind, groups);
    try (CudnnDeviceDescription device = DescribedGpu.open("h100");
        CudnnPlan plan = build(shape, device)) {
      PreparedPass pass = new PreparedPass(shape, groups, plan);
      for (long group = 0; group < groups; group++) {
        Map<Long, DeviceAddress> part = addresses.ofGroup(pass, group);
        new GraphInterpreter(memory, part, scalars).run(plan.toJson());
      }
    }
  }

  private static PlanShape shape(PlanShape.Kind kind, int groups) {
    return new PlanShape(kind, TOKENS, HEADS / groups, KV_HEADS / groups, HEAD_DIM, ROW, OUT_ROW);
  }

  private static CudnnPlan build(PlanShape shape, CudnnDeviceDescription device) {
    try (CudnnGraph graph = AttentionGraph.of(shape)) {
      return CudnnPlan.build(graph, device);
    }
  }

  /** Of the sum of the output times its gradient. */
  private double[] finiteDifferences() {
    double step = 1e-5;
    double[] gradient = new double[qkv.length];
    for (int i = 0; i < qkv.length; i++) {
      double[] above = qkv.clone();
      double[] below = qkv.clone();
      above[i] += step;
      below[i] -= step;
      gradient[i] = (loss(above) - loss(below)) / (2 * step);
    }
    return gradient;
  }

  private double loss(double[] values) {
    double[] result = new double[TOKENS * OUT_ROW];
    attention(values, result, new double[HEADS * TOKENS]);
    double sum = 0;
    for (int i = 0; i < result.length; i++) {
      sum += result[i] * dout[i];
    }
    return sum;
  }

  /** By the definition; the sums are the logarithms of each row's summed exponentials. */
  private static void attention(double[] values, double[] result, double[] sums) {
    for (int head = 0; head < HEADS; head++) {
      int kvHead = head / (HEADS / KV_HEADS);
      int keys = (HEADS + kvHead) * HEAD_DIM;
      int columns = (HEADS + KV_HEADS + kvHead) * HEAD_DIM;
      for (int query = 0; query < TOKENS; query++) {
        double[] weights = new double[query + 1];
        for (int key = 0; key <= query; key++) {
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
          for (int key = 0; key <= query; key++) {
            mean += weights[key] / sum * values[key * ROW + columns + d];
          }
          result[query * OUT_ROW + head * HEAD_DIM + d] = mean;
        }
      }
    }
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
