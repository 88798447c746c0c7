package org.memo.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;
import org.memo.model.Presets;
import org.memo.planner.cost.ElementType;
import org.memo.planner.cost.Hardware;
import org.memo.profile.StepJob;
import org.memo.step.ParallelLayout;
import org.memo.step.ShardLevel;

/** What more GPUs bring: a small model with six heads on nodes of eight with little memory. */
class ManyGpusTest {
  private static final long DEVICE_BYTES = 1L << 30;
  private static final long HOST_BYTES_OF_A_NODE = 8L << 30;
  private static final long GRANULE = 1 << 13;

  @Test
  void theLongestSequenceGrowsWithTheGpus() {
    long before = longest(8);
    for (int gpus = 16; gpus <= 256; gpus *= 2) {
      long tokens = longest(gpus);
      String growth = "%d tokens on %d GPUs, %d on half".formatted(tokens, gpus, before);
      assertTrue(tokens >= 1.9 * before, growth);
      before = tokens;
    }
  }

  /** With settings that are all decided: what is left open uses what memory there is. */
  @ParameterizedTest
  @EnumSource(ShardLevel.class)
  void aRanksBytesAndSecondsFallWithTheRanks(ShardLevel shard) {
    long bytesBefore = Long.MAX_VALUE;
    double secondsBefore = Double.POSITIVE_INFINITY;
    for (int gpus : new int[] {8, 32, 128}) {
      JobPlanner planner = planner(gpus, shard);
      StepPlan plan =
          new StepPlanner(planner.job(), planner.choices(), planner.decisions())
              .decided(0.5, 4096, 2);
      long bytes = plan.memory().slabBytes() + plan.profile().hostPoolBytes();
      double seconds = // of a step whose schedule was checked
          StepPrediction.of(planner.job(), plan, planner.predictions(), operation -> {}).seconds();
      assertTrue(bytes < bytesBefore, bytes + " after " + bytesBefore);
      assertTrue(seconds < secondsBefore, seconds + " after " + secondsBefore);
      bytesBefore = bytes;
      secondsBefore = seconds;
    }
  }

  @Test
  void theSameJobGivesTheSamePlan() {
    StepPlan plan = answer(64, ShardLevel.PARAMETERS).plan().orElseThrow();
    StepPlan again = answer(64, ShardLevel.PARAMETERS).plan().orElseThrow();
    assertEquals(plan.settings(), again.settings());
    assertEquals(plan.memory(), again.memory());
  }

  /** No byte count or offset of a step over a thousand million tokens overflows. */
  @Test
  void aThousandMillionTokensAreCounted() {
    ModelConfig config = config();
    StepJob job = planner(1024, ShardLevel.PARAMETERS).job().withSequenceLength(1L << 30);
    StepPlanner planner =
        new StepPlanner(
            job, TileChoices.GPU, Cluster.of(Hardware.named("h100-80gb"), 1024).costs());
    StepPlan plan = planner.plain();
    long outputs = job.rankTokens() * config.hiddenSize() * 2 * config.numLayers();
    assertTrue(plan.memory().slabBytes() > outputs, () -> "" + plan.memory().slabBytes());
  }

  /** Their offsets are on every rank. */
  @Test
  void segmentsAreNoMoreThanTheDataMayHold() {
    StepJob job = planner(64, ShardLevel.PARAMETERS).job();
    assertEquals(2, job.segments()); // the window and padding
    StepJob any =
        new StepJob(job.config(), job.layout(), 1, 1000, ElementType.BF16, ParallelLayout.SINGLE);
    assertEquals(1000, any.segments());
  }

  private static long longest(int gpus) {
    return planner(gpus, ShardLevel.PARAMETERS)
        .longestSequence(Strategy.BEST, GRANULE, 40_000L * gpus)
        .orElseThrow();
  }

  private static PlanAnswer answer(int gpus, ShardLevel shard) {
    return planner(gpus, shard).answer(Strategy.BEST, operation -> {});
  }

  private static ModelConfig config() {
    return Presets.named("llama-25m").orElseThrow();
  }

  private static JobPlanner planner(int gpus, ShardLevel shard) {
    ModelConfig config = config();
    Hardware hardware = Hardware.named("h100-80gb");
    Cluster cluster =
        new Cluster(
            hardware, gpus, Cluster.nodesFor(hardware, gpus), DEVICE_BYTES, HOST_BYTES_OF_A_NODE);
    ParallelLayout ranks =
        new LayoutChoices(config.numHeads(), gpus, cluster.gpusPerNode(), shard)
            .of(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty())
            .getFirst();
    StepJob job =
        new StepJob(config, ParameterLayout.of(config), 1, 1 << 20, ElementType.BF16, ranks, 0);
    return new JobPlanner(job, TileChoices.GPU, cluster.costs(), cluster.costs(), cluster.limits());
  }
}
