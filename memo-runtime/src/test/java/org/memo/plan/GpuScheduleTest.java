package org.memo.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;
import org.memo.model.Presets;
import org.memo.planner.cost.CostModel;
import org.memo.planner.cost.ElementType;
import org.memo.planner.cost.Hardware;
import org.memo.profile.StepJob;
import org.memo.step.StepProgram;

/** The plans that training on one GPU makes, in mixed precision: what they submit is ordered. */
class GpuScheduleTest {
  private static final long K = 1024;
  private static final long GIB = 1L << 30;

  @ParameterizedTest
  @CsvSource({
    "h100-80gb, 8",
    "h100-80gb, 32",
    "h100-80gb, 128",
    "h100-80gb, 512",
    "a100-80gb, 128",
    "h200-141gb, 1024",
    "b200, 1024"
  })
  void everyConflictingPairOfAccessesIsOrderedAndThePlanFits(String card, long kiloTokens) {
    ModelConfig config = Presets.named("llama-1b").orElseThrow();
    StepJob job =
        StepJob.onOneRank(config, ParameterLayout.of(config), 1, kiloTokens * K, ElementType.BF16);
    Hardware hardware = Hardware.named(card);
    CostModel costs = new CostModel(hardware, 1);
    long deviceBytes = hardware.usableDeviceBytes();
    StepPlan plan =
        new StepPlanner(job, TileChoices.GPU, costs)
            .plan(SwapChoice.auto(), new MemoryLimits(deviceBytes, 512 * GIB));
    Set<String> streams = new HashSet<>();

    StepPrediction.of(job, plan, costs, operation -> streams.add(operation.stream()));

    assertTrue(plan.memory().slabBytes() <= deviceBytes);
    assertTrue(streams.contains(StepProgram.COMPUTE), streams::toString);
    boolean swaps = plan.profile().swappedBytes() > 0;
    assertEquals(swaps, streams.contains(StepProgram.OFFLOAD), streams::toString);
  }
}
