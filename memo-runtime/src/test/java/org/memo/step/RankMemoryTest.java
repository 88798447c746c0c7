package org.memo.step;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.memo.model.ModelConfig;
import org.memo.model.PaperModels;
import org.memo.model.ParameterLayout;
import org.memo.planner.MemoryPlan;
import org.memo.planner.cost.ElementType;
import org.memo.planner.swap.LayerForm;
import org.memo.profile.JobProfile;
import org.memo.profile.JobProfiler;
import org.memo.profile.StepJob;

/** What a rank's step takes, of a model of 32 heads with a key head each. */
class RankMemoryTest {
  private static final long SEQUENCE = 64 << 10;
  private static final long TILE = 1 << 10;

  private record Needs(long slabBytes, long poolBytes) {}

  /** Of P ranks and twice as many: half the tokens, half the states, and some buffers. */
  @Test
  void aRankNeedsAboutHalfWhereTwiceAsManyShareASequence() {
    Needs before = needs(new ParallelLayout(1, 1, 1, ShardLevel.PARAMETERS), 1);
    for (int ranks = 2; ranks <= 32; ranks *= 2) {
      Needs now = needs(new ParallelLayout(ranks, 1, 1, ShardLevel.PARAMETERS), 1);
      assertTrue(now.slabBytes() < 0.9 * before.slabBytes(), before + " then " + now);
      assertTrue(now.poolBytes() < 0.51 * before.poolBytes(), before + " then " + now);
      before = now;
    }
  }

  @Test
  void soItIsInARingOfPlacesWithinThemselvesAlike() {
    Needs before = needs(new ParallelLayout(8, 2, 1, ShardLevel.PARAMETERS), 1);
    for (int ring = 4; ring <= 16; ring *= 2) {
      Needs now = needs(new ParallelLayout(4 * ring, ring, 1, ShardLevel.PARAMETERS), 1);
      assertTrue(now.slabBytes() < 0.9 * before.slabBytes(), before + " then " + now);
      assertTrue(now.poolBytes() < 0.51 * before.poolBytes(), before + " then " + now);
      before = now;
    }
  }

  @Test
  void moreGroupsOfHeadsTakeLessMemory() {
    for (int ring : new int[] {1, 2}) {
      ParallelLayout ranks = new ParallelLayout(2 * ring, ring, 1, ShardLevel.PARAMETERS);
      Needs before = needs(ranks, 2);
      for (int groups = 4; groups <= 16; groups *= 2) {
        Needs now = needs(ranks, groups);
        assertTrue(now.slabBytes() < before.slabBytes(), before + " then " + now);
        assertEquals(before.poolBytes(), now.poolBytes());
        before = now;
      }
      assertTrue(before.slabBytes() < needs(ranks, 1).slabBytes());
    }
  }

  private static Needs needs(ParallelLayout ranks, int headGroups) {
    ModelConfig config = PaperModels.named("gpt-7b").orElseThrow().withNumLayers(4);
    ParameterLayout layout = ParameterLayout.of(config);
    StepSettings settings =
        new StepSettings(
                1,
                SEQUENCE,
                ranks.tokensOfRank(SEQUENCE) / 2,
                TILE,
                2,
                List.of(LayerForm.RECOMPUTED),
                TILE,
                ActivationLayout.TILED,
                ElementType.BF16,
                ranks)
            .withHeadGroups(headGroups);
    StepJob job = new StepJob(config, layout, 1, SEQUENCE, ElementType.BF16, ranks);
    JobProfile profile = JobProfiler.profile(job, settings);
    return new Needs(MemoryPlan.of(profile.trace()).slabBytes(), profile.hostPoolBytes());
  }
}
