package org.memo.parallel;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.memo.planner.swap.LayerForm.CHECKPOINTED;
import static org.memo.planner.swap.LayerForm.RECOMPUTED;
import static org.memo.planner.swap.LayerForm.RECOMPUTED_FROM_HOST;
import static org.memo.planner.swap.LayerForm.RESIDENT;
import static org.memo.planner.swap.LayerForm.SWAPPED;
import static org.memo.step.ActivationLayout.TILED;
import static org.memo.step.ActivationLayout.WHOLE_LAYER;
import static org.memo.step.ShardLevel.GRADIENTS;
import static org.memo.step.ShardLevel.NONE;
import static org.memo.step.ShardLevel.OPTIMIZER;
import static org.memo.step.ShardLevel.PARAMETERS;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.memo.model.ModelConfig;
import org.memo.op.HeadExchange;
import org.memo.op.HeadLayout;
import org.memo.planner.cost.ElementType;
import org.memo.planner.swap.LayerForm;
import org.memo.step.ActivationLayout;
import org.memo.step.ParallelLayout;
import org.memo.step.ShardLevel;
import org.memo.step.StepSettings;

/** Training on several ranks must be the training on one that keeps everything. */
@Timeout(60)
class ParallelStepTest {
  private static final TestModel LLAMA_6 = TestModel.llama(4, 6, 2);
  private static final TestModel LLAMA_4 = TestModel.llama(3, 4, 2);
  private static final TestModel GPT2_6 = TestModel.gpt2(3, 6);
  private static final TestModel GPT2_4 = TestModel.gpt2(4, 4);
  private static final TestModel GPT2_OF_ONE_LAYER = TestModel.gpt2(1, 4);
  private static final List<LayerForm> SWAPPED_ALL = List.of();
  private static final List<LayerForm> RESIDENT_ALL = Collections.nCopies(4, RESIDENT);

  private static final Map<TestModel, TrainedSteps> ONE_RANK = new HashMap<>();

  static Stream<Arguments> cases() {
    return Stream.of(
        of(LLAMA_6, ranks(1, 1, PARAMETERS), 0.5, 5, SWAPPED_ALL, TILED),
        of(LLAMA_6, ranks(2, 1, NONE), 0, 5, SWAPPED_ALL, TILED),
        of(LLAMA_6, ranks(2, 1, PARAMETERS), 1, 7, SWAPPED_ALL, WHOLE_LAYER),
        of(LLAMA_6, ranks(3, 1, NONE), 0.5, 5, SWAPPED_ALL, WHOLE_LAYER),
        of(LLAMA_6, ranks(3, 1, PARAMETERS), 0.5, 7, SWAPPED_ALL, TILED),
        of(LLAMA_6, ranks(6, 1, NONE), 1, 5, List.of(RECOMPUTED, CHECKPOINTED, RESIDENT), TILED),
        of(LLAMA_6, ranks(6, 1, PARAMETERS), 0.5, 5, List.of(RECOMPUTED), TILED),
        of(LLAMA_6, ranks(4, 1, NONE), 0.5, 5, SWAPPED_ALL, TILED), // heads do not divide
        of(LLAMA_4, ranks(4, 1, NONE), 0.5, 18, RESIDENT_ALL, WHOLE_LAYER),
        of(LLAMA_4, ranks(4, 1, PARAMETERS), 0, 5, SWAPPED_ALL, WHOLE_LAYER),
        of(LLAMA_4, ranks(1, 2, NONE), 0.5, 11, SWAPPED_ALL, TILED),
        of(LLAMA_4, ranks(1, 4, PARAMETERS), 1, 7, List.of(RESIDENT), TILED),
        of(LLAMA_4, ranks(2, 2, NONE), 0.5, 5, List.of(SWAPPED, RECOMPUTED_FROM_HOST), TILED),
        of(LLAMA_4, ranks(2, 2, PARAMETERS), 0.5, 7, List.of(CHECKPOINTED, RECOMPUTED), TILED),
        of(GPT2_6, ranks(3, 1, PARAMETERS), 0.5, 5, List.of(RECOMPUTED_FROM_HOST), WHOLE_LAYER),
        of(GPT2_6, ranks(6, 1, PARAMETERS), 0, 5, List.of(RESIDENT, SWAPPED), TILED),
        of(GPT2_6, ranks(4, 1, PARAMETERS), 0.5, 5, List.of(CHECKPOINTED), TILED),
        of(GPT2_4, ranks(2, 1, NONE), 1, 5, List.of(CHECKPOINTED), TILED),
        of(GPT2_4, ranks(4, 1, NONE), 0.5, 5, List.of(RECOMPUTED, RESIDENT), WHOLE_LAYER),
        of(GPT2_4, ranks(2, 2, PARAMETERS), 0.5, 5, SWAPPED_ALL, TILED),
        of(GPT2_OF_ONE_LAYER, ranks(2, 1, PARAMETERS), 1, 5, SWAPPED_ALL, TILED),
        of(LLAMA_6, ranks(5, 1, NONE), 0.5, 4, SWAPPED_ALL, TILED), // nor do tokens
        of(GPT2_6, ranks(5, 1, PARAMETERS), 1, 5, List.of(RESIDENT), WHOLE_LAYER),
        of(LLAMA_6, ranks(2, 2, OPTIMIZER), 0.5, 5, SWAPPED_ALL, TILED),
        of(LLAMA_6, ranks(3, 1, GRADIENTS), 0.5, 7, List.of(RESIDENT), TILED),
        of(GPT2_4, ranks(1, 4, OPTIMIZER), 1, 5, List.of(RECOMPUTED), WHOLE_LAYER),
        of(GPT2_4, ranks(4, 1, GRADIENTS), 0, 5, SWAPPED_ALL, TILED),
        of(GPT2_OF_ONE_LAYER, ranks(1, 2, OPTIMIZER), 0.5, 5, SWAPPED_ALL, TILED));
  }

  /** The more groups of ranks, the fewer tokens each has: documents reach over more chunks. */
  static Stream<Arguments> casesOfRingsAndHeadGroups() {
    return Stream.of(
        of(LLAMA_6, ring(4, 2, 1, NONE), 1, 0.5, 5, SWAPPED_ALL, TILED),
        of(LLAMA_6, ring(2, 2, 1, PARAMETERS), 1, 1, 7, List.of(RESIDENT), TILED),
        of(GPT2_6, ring(3, 3, 1, OPTIMIZER), 1, 0, 5, SWAPPED_ALL, WHOLE_LAYER),
        of(LLAMA_4, ring(2, 2, 4, GRADIENTS), 1, 0.5, 5, List.of(CHECKPOINTED), TILED),
        of(LLAMA_4, ring(3, 3, 4, NONE), 1, 1, 5, List.of(RECOMPUTED), TILED),
        of(LLAMA_4, ring(4, 4, 2, PARAMETERS), 1, 0, 4, List.of(RECOMPUTED_FROM_HOST), TILED),
        of(LLAMA_6, ring(6, 2, 4, NONE), 1, 0.5, 3, SWAPPED_ALL, TILED), // tokens are padded
        of(LLAMA_6, ring(10, 2, 1, PARAMETERS), 1, 0.5, 4, SWAPPED_ALL, TILED), // heads as well
        of(LLAMA_4, ring(1, 1, 1, NONE), 2, 0.5, 7, List.of(RECOMPUTED), TILED),
        of(GPT2_6, ring(2, 1, 1, PARAMETERS), 3, 0.5, 7, List.of(RECOMPUTED), TILED),
        of(GPT2_4, ring(2, 1, 2, GRADIENTS), 2, 1, 5, List.of(CHECKPOINTED), WHOLE_LAYER),
        of(GPT2_6, ring(6, 2, 1, OPTIMIZER), 2, 0.5, 5, SWAPPED_ALL, TILED),
        of(GPT2_6, ring(3, 3, 2, PARAMETERS), 6, 0, 5, List.of(RECOMPUTED, RESIDENT), TILED));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource({"cases", "casesOfRingsAndHeadGroups"})
  void allRanksTrainAsOneDoes(TestModel model, StepSettings settings) {
    RankedTraining.run(model, settings).requireCloseTo(onOneRank(model));
  }

  @Test
  void layoutsDrawnAtRandomTrainAsOneRankDoes() {
    List<TestModel> models = List.of(LLAMA_6, LLAMA_4, GPT2_6, GPT2_4, GPT2_OF_ONE_LAYER);
    for (int seed = 0; seed < 30; seed++) {
      Random random = new Random(seed);
      TestModel model = models.get(random.nextInt(models.size()));
      StepSettings settings = randomSettings(random, model.config());
      TrainedSteps given = RankedTraining.run(model, settings);
      assertDoesNotThrow(
          () -> given.requireCloseTo(onOneRank(model)), () -> "%s, %s".formatted(model, settings));
    }
  }

  private static StepSettings randomSettings(Random random, ModelConfig model) {
    int ulysses = 1 + random.nextInt((int) model.numHeads());
    int ring = 1 + random.nextInt(1 + 4 / ulysses);
    int dataParallel = 1 + random.nextInt(2);
    int mostGroups =
        HeadExchange.mostGroups(
            HeadLayout.queries(model.numHeads(), model.numKvHeads(), model.headDim()), ulysses);
    int headGroups = random.nextBoolean() ? 1 : mostGroups;
    ShardLevel[] levels = ShardLevel.values();
    ActivationLayout[] layouts = ActivationLayout.values();
    LayerForm[] forms = LayerForm.values();
    return settings(
        ring(ulysses * ring, ring, dataParallel, levels[random.nextInt(levels.length)]),
        headGroups,
        random.nextDouble(),
        1 + random.nextInt(20),
        Stream.generate(() -> forms[random.nextInt(forms.length)])
            .limit(random.nextInt(5))
            .toList(),
        layouts[random.nextInt(layouts.length)]);
  }

  private static TrainedSteps onOneRank(TestModel model) {
    return ONE_RANK.computeIfAbsent(
        model,
        absent ->
            RankedTraining.run(
                model, settings(ParallelLayout.SINGLE, 1, 0, 1000, RESIDENT_ALL, TILED)));
  }

  private static Arguments of(
      TestModel model,
      ParallelLayout ranks,
      double alpha,
      long tileTokens,
      List<LayerForm> lastForms,
      ActivationLayout layout) {
    return of(model, ranks, 1, alpha, tileTokens, lastForms, layout);
  }

  private static Arguments of(
      TestModel model,
      ParallelLayout ranks,
      int headGroups,
      double alpha,
      long tileTokens,
      List<LayerForm> lastForms,
      ActivationLayout layout) {
    String name =
        "P=%d ring=%d D=%d %s, %d head groups, alpha=%s, tiles of %d, %s, %s"
            .formatted(
                ranks.sequenceParallel(),
                ranks.ring(),
                ranks.dataParallel(),
                ranks.shard(),
                headGroups,
                alpha,
                tileTokens,
                lastForms,
                layout);
    return Arguments.of(
        model, Named.of(name, settings(ranks, headGroups, alpha, tileTokens, lastForms, layout)));
  }

  private static StepSettings settings(
      ParallelLayout ranks,
      int headGroups,
      double alpha,
      long tileTokens,
      List<LayerForm> lastForms,
      ActivationLayout layout) {
    long windows = RankedTraining.WINDOWS / ranks.dataParallel();
    long tokens = ranks.tokensOfRank(windows * RankedTraining.WINDOW_TOKENS);
    return new StepSettings(
            windows,
            RankedTraining.WINDOW_TOKENS,
            Math.round(alpha * tokens),
            tileTokens,
            2,
            lastForms,
            7,
            layout,
            ElementType.F32,
            ranks)
        .withHeadGroups(headGroups);
  }

  private static ParallelLayout ranks(int sequenceParallel, int dataParallel, ShardLevel shard) {
    return ring(sequenceParallel, 1, dataParallel, shard);
  }

  private static ParallelLayout ring(
      int sequenceParallel, int ring, int dataParallel, ShardLevel shard) {
    return new ParallelLayout(sequenceParallel, ring, dataParallel, shard);
  }
}
