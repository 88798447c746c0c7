package org.memo.plan;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.memo.model.ModelConfig;
import org.memo.op.HeadExchange;
import org.memo.op.HeadLayout;
import org.memo.planner.MemoryPlan;
import org.memo.planner.swap.LayerForm;
import org.memo.planner.swap.SwapFraction.Bound;
import org.memo.profile.JobProfile;
import org.memo.profile.JobProfiler;
import org.memo.profile.StepJob;
import org.memo.step.ActivationLayout;
import org.memo.step.StepSettings;

/**
 * From decisions about a job's step to its settings, and to the plan that follows from them.
 *
 * @param headGroups of layouts in tiles
 */
record StepLayouts(StepJob job, TileChoices choices, int headGroups) {
  /** One slot is computed on while the other is copied. */
  static final int TILE_SLOTS = 2;

  private static final double ROUNDING_TOKENS = 1e-6;

  /**
   * One for each number of groups that the heads of a rank can go in, one group first. Where ranks
   * share a sequence, groups hide exchanges, and take less memory.
   */
  static List<StepLayouts> of(StepJob job, TileChoices choices) {
    ModelConfig config = job.config();
    HeadLayout heads =
        HeadLayout.queriesKeysValues(config.numHeads(), config.numKvHeads(), config.headDim());
    int most =
        job.ranks().sequenceParallel() == 1
            ? 1
            : HeadExchange.mostGroups(heads, job.ranks().ulysses());
    return IntStream.rangeClosed(1, most)
        .filter(groups -> most % groups == 0)
        .mapToObj(groups -> new StepLayouts(job, choices, groups))
        .toList();
  }

  private record Decisions(double alpha, long tile, int slots, List<LayerForm> forms) {}

  /** In tiles, {@code lastForms} being those of the last layers and the others swapped. */
  StepSettings tiled(double alpha, long tileTokens, int tileSlots, List<LayerForm> lastForms) {
    return settings(new Decisions(alpha, tileTokens, tileSlots, lastForms), ActivationLayout.TILED);
  }

  /** As frameworks without tiles run it: a token-wise segment handles all tokens at once. */
  StepSettings whole(double alpha, List<LayerForm> lastForms) {
    return settings(
        new Decisions(alpha, job.rankTokens(), TILE_SLOTS, lastForms),
        ActivationLayout.WHOLE_LAYER);
  }

  /** alpha T, in whole tokens; an alpha of whole tiles is not cut short by a rounding error. */
  long swappedTokens(double alpha) {
    return Math.min(
        job.rankTokens(), (long) Math.floor(alpha * job.rankTokens() + ROUNDING_TOKENS));
  }

  List<LayerForm> allOf(LayerForm form) {
    return Collections.nCopies(job.config().numLayers(), form);
  }

  /** The tiles to choose from, none larger than the rank's tokens. */
  List<Long> tiles() {
    return choices.tileTokens().stream()
        .map(tile -> Math.min(tile, job.rankTokens()))
        .distinct()
        .toList();
  }

  /** Every address of a step under these settings. */
  StepPlan planned(StepSettings settings, double alpha) {
    return planned(settings, alpha, Bound.NONE);
  }

  /** The same, with what keeps alpha from being larger. */
  StepPlan planned(StepSettings settings, double alpha, Bound bound) {
    JobProfile profile = JobProfiler.profile(job, settings);
    return new StepPlan(settings, alpha, bound, MemoryPlan.of(profile.trace()), profile);
  }

  private StepSettings settings(Decisions decisions, ActivationLayout layout) {
    int layers = job.config().numLayers();
    List<LayerForm> forms = decisions.forms();
    List<LayerForm> last = forms.subList(Math.max(0, forms.size() - layers), forms.size());
    boolean swaps = last.size() < layers || last.contains(LayerForm.SWAPPED);
    long tile = Math.min(decisions.tile(), job.rankTokens());
    long logitsRow = job.config().vocabSize() * job.type().bytes();
    return new StepSettings(
        job.batchSize(),
        job.sequenceLength(),
        swaps ? swappedTokens(decisions.alpha()) : 0,
        tile,
        decisions.slots(),
        last,
        choices.lossTokens(Math.min(tile, choices.tileTokens().getFirst()), logitsRow),
        layout,
        job.type(),
        job.ranks(),
        layout == ActivationLayout.TILED ? headGroups : 1,
        job.segments());
  }
}
