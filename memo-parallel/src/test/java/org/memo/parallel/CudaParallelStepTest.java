package org.memo.parallel;

import static org.memo.step.ShardLevel.GRADIENTS;
import static org.memo.step.ShardLevel.NONE;
import static org.memo.step.ShardLevel.OPTIMIZER;
import static org.memo.step.ShardLevel.PARAMETERS;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.memo.device.cuda.Gpus;
import org.memo.parallel.nccl.GpuGroup;
import org.memo.planner.cost.ElementType;
import org.memo.step.ActivationLayout;
import org.memo.step.ParallelLayout;
import org.memo.step.StepSettings;

/** Training on several GPUs must be the training on one. */
@Tag("cuda")
@Timeout(120)
class CudaParallelStepTest {
  private static final TestModel LLAMA_6 = TestModel.llama(2, 6, 2);
  private static final TestModel GPT2_6 = TestModel.gpt2(2, 6);

  private static final Map<TestModel, TrainedSteps> ONE_RANK = new HashMap<>();

  static Stream<Arguments> cases() {
    return Stream.of(
        of(LLAMA_6, new ParallelLayout(2, 1, NONE), 1),
        of(LLAMA_6, new ParallelLayout(3, 1, OPTIMIZER), 1),
        of(LLAMA_6, new ParallelLayout(2, 1, GRADIENTS), 1),
        of(LLAMA_6, new ParallelLayout(4, 1, PARAMETERS), 1), // heads do not divide
        of(GPT2_6, new ParallelLayout(3, 1, PARAMETERS), 2),
        of(GPT2_6, new ParallelLayout(2, 2, PARAMETERS), 1),
        of(LLAMA_6, new ParallelLayout(2, 2, 1, NONE), 1),
        of(GPT2_6, new ParallelLayout(4, 2, 1, PARAMETERS), 1));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("cases")
  void allGpusTrainAsOneDoes(TestModel model, StepSettings settings) {
    int gpus = Gpus.count();
    Assumptions.assumeTrue(gpus >= settings.ranks().ranks(), () -> gpus + " GPUs");
    TrainedSteps expected =
        ONE_RANK.computeIfAbsent(model, absent -> train(model, settings(ParallelLayout.SINGLE, 1)));
    train(model, settings).requireCloseTo(expected);
  }

  private static TrainedSteps train(TestModel model, StepSettings settings) {
    return RankedTraining.run(
        model,
        settings,
        (slabBytes, poolBytes, collectives) -> GpuGroup.open(collectives, slabBytes, poolBytes));
  }

  private static Arguments of(TestModel model, ParallelLayout ranks, int headGroups) {
    return Arguments.of(model, settings(ranks, headGroups));
  }

  private static StepSettings settings(ParallelLayout ranks, int headGroups) {
    long windows = RankedTraining.WINDOWS / ranks.dataParallel();
    long tokens = ranks.tokensOfRank(windows * RankedTraining.WINDOW_TOKENS);
    return new StepSettings(
            windows,
            RankedTraining.WINDOW_TOKENS,
            tokens / 2,
            7,
            2,
            List.of(),
            7,
            ActivationLayout.TILED,
            ElementType.F32,
            ranks)
        .withHeadGroups(headGroups);
  }
}
