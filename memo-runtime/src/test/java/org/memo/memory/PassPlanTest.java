package org.memo.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.memo.device.DeviceRegion;
import org.memo.model.ModelConfig;
import org.memo.model.PaperModels;
import org.memo.model.ParameterLayout;
import org.memo.planner.MemoryPlan;
import org.memo.planner.allocation.Limits;
import org.memo.planner.allocation.bilevel.BilevelPlan;
import org.memo.planner.allocation.bilevel.BilevelPlanner;
import org.memo.planner.cost.ElementType;
import org.memo.planner.swap.LayerForm;
import org.memo.planner.trace.RequestTrace;
import org.memo.planner.trace.RequestTrace.Pass;
import org.memo.profile.JobProfiler;
import org.memo.profile.StepJob;
import org.memo.step.ActivationLayout;
import org.memo.step.ParallelLayout;
import org.memo.step.ShardLevel;
import org.memo.step.StepSettings;

class PassPlanTest {

  @Test
  void passesAreRecordedAndPlannedRequestsAnsweredInThem() {
    RecordingAllocator recording = new RecordingAllocator();
    request(recording);
    RequestTrace trace = recording.trace();
    assertEquals(
        List.of(new Pass("forward", 0, 4), new Pass("forward", 4, 8)),
        trace.sections().get(0).passes());

    PlannedAllocator planned = new PlannedAllocator(MemoryPlan.of(trace));
    request(planned);
    request(planned);
    assertEquals(384, planned.peakBytes());
  }

  private static void request(SlabAllocator allocator) {
    allocator.beginSection("micro-batch");
    for (int i = 0; i < 2; i++) {
      allocator.beginPass("forward");
      DeviceRegion hidden = allocator.allocate("hidden", 200);
      DeviceRegion norm = allocator.allocate("norm", 100);
      allocator.free(norm);
      allocator.free(hidden);
      allocator.endPass();
    }
  }

  @ParameterizedTest
  @EnumSource(ActivationLayout.class)
  void everyPassOfAStepIsABlockAndNoRoomIsLost(ActivationLayout layout) {
    Random random = new Random(4);
    for (int i = 0; i < 8; i++) {
      List<LayerForm> forms = new ArrayList<>();
      for (int layer = 0; layer < 5 * i; layer++) {
        forms.add(LayerForm.values()[random.nextInt(LayerForm.values().length)]);
      }
      RequestTrace trace = trace(layout, forms);
      BilevelPlan plan = new BilevelPlanner(new Limits(Duration.ofSeconds(5), 1)).plan(trace, 128);
      assertEquals(plan.lowerBoundBytes(), plan.levelTwoPeakBytes().orElseThrow());
      assertTrue(plan.isOptimal() && plan.isLevelOneOptimal());
      assertEquals(80, plan.blockPasses()); // forward and backward of each layer
      assertTrue(plan.levelOne().size() <= 3 * LayerForm.values().length);
    }
  }

  /** 40 layers, 1M tokens on 8 ranks. */
  private static RequestTrace trace(ActivationLayout layout, List<LayerForm> lastForms) {
    ModelConfig config = PaperModels.named("gpt-13b").orElseThrow();
    ParallelLayout ranks = new ParallelLayout(8, 1, ShardLevel.NONE);
    StepJob job =
        new StepJob(config, ParameterLayout.of(config), 1, 1 << 20, ElementType.BF16, ranks);
    long tile = layout == ActivationLayout.TILED ? 1024 : job.rankTokens();
    StepSettings settings =
        new StepSettings(
            1, 1 << 20, 64 << 10, tile, 2, lastForms, 1024, layout, ElementType.BF16, ranks);
    return JobProfiler.profile(job, settings).trace();
  }
}
