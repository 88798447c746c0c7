package org.memo.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.model.ModelConfig;
import org.memo.model.ParameterLayout;
import org.memo.model.Presets;
import org.memo.planner.cost.ElementType;
import org.memo.planner.trace.RequestTrace;
import org.memo.profile.JobProfiler;
import org.memo.profile.StepJob;

/** What a rank holds of a model's states. */
class SharedStatesTest {
  private static final int RANKS = 8;

  /** The parameters twice, in f32 and bf16, the gradients, both moments. */
  private static final long BYTES_OF_A_PARAMETER = 4 + 2 + 4 + 4 + 4;

  private static final Set<String> STATES =
      Set.of("parameters", "computing parameters", "gradients", "first moment", "second moment");

  @ParameterizedTest
  @ValueSource(strings = {"llama-8b", "llama-3b", "gpt2-124m"})
  void aRankHoldsItsShareAndTheBuffersOfALayerAndTheEmbeddings(String model) {
    ParameterLayout layout = ParameterLayout.of(config(model));
    RequestTrace whole = trace(model, ShardLevel.NONE);
    RequestTrace shared = trace(model, ShardLevel.PARAMETERS);
    long wholeBytes = bytes(whole, STATES);
    long sharedBytes = bytes(shared, STATES);
    long vectors = layout.elements() - layout.matrixElements();
    assertEquals(BYTES_OF_A_PARAMETER * layout.elements(), wholeBytes);
    assertEquals(
        BYTES_OF_A_PARAMETER * (layout.matrixElements() / RANKS + vectors),
        sharedBytes,
        BYTES_OF_A_PARAMETER * ParameterLayout.ALIGNMENT_ELEMENTS * (layout.layers().size() + 2.0));
    StateUnits units = StateUnits.of(layout, RANKS);
    long buffers =
        bytes(shared, Set.of("gathered parameters 0", "gathered parameters 1"))
            + bytes(shared, Set.of("unit gradients 0", "unit gradients 1"));
    long layer = units.wholeElements(1);
    long embedding = Math.max(layer, units.wholeElements(0));
    assertEquals((2 + 4) * (layer + embedding), buffers);
  }

  /** What ZeRO's stages 1 and 2 leave whole on every rank. */
  @Test
  void whatIsNotShardedIsWholeOnEveryRank() {
    long whole = StateUnits.of(ParameterLayout.of(config("llama-3b")), RANKS).shardElements();
    RequestTrace optimizer = trace("llama-3b", ShardLevel.OPTIMIZER);
    RequestTrace gradients = trace("llama-3b", ShardLevel.GRADIENTS);
    RequestTrace parameters = trace("llama-3b", ShardLevel.PARAMETERS);
    assertEquals(2 * RANKS * whole, bytes(optimizer, Set.of("whole parameters")));
    assertEquals(4 * RANKS * whole, bytes(optimizer, Set.of("whole gradients")));
    assertEquals(2 * RANKS * whole, bytes(gradients, Set.of("whole parameters")));
    assertEquals(0, bytes(gradients, Set.of("whole gradients")));
    assertEquals(0, bytes(parameters, Set.of("whole parameters", "whole gradients")));
    assertEquals(bytes(parameters, STATES), bytes(optimizer, STATES));
  }

  @Test
  void allRanksTogetherHoldEveryElementOnce() {
    for (int ranks : new int[] {1, 2, 3, 7, 8}) {
      ParameterLayout layout = ParameterLayout.of(StepSchedules.config(3));
      StateUnits units = StateUnits.of(layout, ranks);
      int[] holders = new int[(int) layout.elements()];
      for (int rank = 0; rank < ranks; rank++) {
        for (StateUnits.Share share : units.shares(rank)) {
          assertTrue(share.elements() >= 0 && share.localStart() >= 0, share::toString);
          for (long i = share.start(); i < share.start() + share.elements(); i++) {
            holders[(int) i]++;
          }
        }
      }
      for (int i = 0; i < holders.length; i++) {
        assertEquals(i < layout.matrixElements() ? 1 : ranks, holders[i], "of element " + i);
      }
    }
  }

  private static ModelConfig config(String model) {
    return Presets.named(model).orElseThrow();
  }

  private static RequestTrace trace(String model, ShardLevel shard) {
    ModelConfig config = config(model);
    StepSettings settings =
        new StepSettings(
            1,
            1024,
            64,
            64,
            2,
            List.of(),
            64,
            ActivationLayout.TILED,
            ElementType.BF16,
            new ParallelLayout(4, 2, shard));
    StepJob job = StepJob.onOneRank(config, ParameterLayout.of(config), 1, 1024);
    return JobProfiler.profile(job, settings).trace();
  }

  private static long bytes(RequestTrace trace, Set<String> names) {
    int setup = trace.sections().getFirst().tensorCount();
    return IntStream.range(0, setup)
        .mapToObj(trace.lives()::get)
        .filter(life -> names.contains(life.name()))
        .mapToLong(life -> life.sizeBytes())
        .sum();
  }
}
