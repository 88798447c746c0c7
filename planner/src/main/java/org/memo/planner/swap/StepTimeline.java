package org.memo.planner.swap;

import java.util.List;
import org.memo.planner.swap.RoundingSlots.Contents;

/**
 * Plays a step with its layers in their order on three streams: compute, offload, prefetch. It sees
 * what the sums of {@link ResidencyModel} do not: which copy waits for which layer.
 *
 * <p>An input can leave when its layer starts, the rest when the layer ends; a layer starts when
 * what its buffers held before is gone. Backward, a buffer is filled again as soon as its layer is
 * through. A stream does its copies in order.
 */
final class StepTimeline {

  private final ResidencyModel model;
  private final LayerCosts costs;
  private final List<LayerForm> forms;
  private final double alpha;
  private final boolean tiled;
  private final Ring inputs = new Ring();
  private final Ring contents = new Ring();
  private double now = 0;
  private double offloadFree = 0;
  private double prefetchFree = 0;

  private StepTimeline(ResidencyModel model, List<LayerForm> forms, double alpha) {
    this.model = model;
    this.costs = model.costs();
    this.forms = forms;
    this.alpha = alpha;
    this.tiled = model.budgets().slots().contents() == Contents.TILES;
    for (LayerForm form : forms) {
      inputs.users += form.swapsInput() ? 1 : 0;
      contents.users += form == LayerForm.SWAPPED ? 1 : 0;
    }
  }

  /** The step's seconds. */
  static double seconds(ResidencyModel model, List<LayerForm> forms, double alpha) {
    StepTimeline timeline = new StepTimeline(model, forms, alpha);
    timeline.forward();
    timeline.now += model.budgets().otherSeconds();
    timeline.backward();
    return timeline.now;
  }

  /** Two buffers, used in turn. */
  private static final class Ring {
    private int users = 0;
    private final double[] free = new double[RoundingSlots.COUNT]; // when a buffer may be written
    private final double[] filled = new double[RoundingSlots.COUNT]; // when its content is back
    private int user = 0; // the next forward; the last used backward

    boolean leaves(int index) {
      return index < users - RoundingSlots.COUNT;
    }
  }

  private void forward() {
    for (LayerForm form : forms) {
      if (form.swapsInput()) {
        waitFor(inputs.free[inputs.user % RoundingSlots.COUNT]);
      }
      if (form == LayerForm.SWAPPED) {
        waitFor(contents.free[contents.user % RoundingSlots.COUNT]);
      }
      double start = now;
      now += costs.forwardSeconds();
      if (form.swapsInput()) {
        offload(inputs, start, costs.inputBytes());
      }
      if (form == LayerForm.SWAPPED) {
        forwardContent();
      }
    }
  }

  private void forwardContent() {
    double others = alpha * costs.othersBytes();
    if (!tiled) {
      offload(contents, now, costs.attentionBytes() + others);
      return;
    }
    // The attention's output first; then tile by tile what the computation would overwrite.
    double tokenWise = now - costs.othersRecomputeSeconds();
    offload(contents, tokenWise, costs.attentionBytes());
    offloadFree = Math.max(tokenWise, offloadFree) + outSeconds(others);
    waitFor(offloadFree);
  }

  private void offload(Ring ring, double from, double bytes) {
    int slot = ring.user % RoundingSlots.COUNT;
    if (ring.leaves(ring.user)) {
      offloadFree = Math.max(from, offloadFree) + outSeconds(bytes);
      ring.free[slot] = Math.max(now, offloadFree);
    }
    ring.user++;
  }

  private void backward() {
    for (int i = forms.size() - 1; i >= 0; i--) {
      LayerForm form = forms.get(i);
      if (form.swapsInput()) {
        inputs.user--;
        waitFor(inputs.filled[inputs.user % RoundingSlots.COUNT]);
      }
      if (form == LayerForm.SWAPPED) {
        contents.user--;
        waitFor(contents.filled[contents.user % RoundingSlots.COUNT]);
        backwardContent();
      } else {
        now += form.recomputeSeconds(costs, alpha);
      }
      now += costs.backwardSeconds();
      if (form == LayerForm.SWAPPED) {
        double others = tiled ? 0 : alpha * costs.othersBytes();
        prefetch(contents, costs.attentionBytes() + others);
      }
      if (form.swapsInput()) {
        prefetch(inputs, costs.inputBytes());
      }
    }
  }

  private void backwardContent() {
    boolean whole =
        model.budgets().slots().contents() == Contents.WHOLE_LAYER
            && !contents.leaves(contents.user);
    now += whole ? 0 : LayerForm.SWAPPED.recomputeSeconds(costs, alpha);
    if (tiled) {
      double fetched = Math.max(now, prefetchFree) + inSeconds(alpha * costs.othersBytes());
      prefetchFree = fetched;
      waitFor(fetched - 2 * costs.othersRecomputeSeconds());
    }
  }

  /** Fills the buffer of the current user with what the user before it in that buffer swapped. */
  private void prefetch(Ring ring, double bytes) {
    int previous = ring.user - RoundingSlots.COUNT;
    if (previous >= 0) {
      prefetchFree = Math.max(now, prefetchFree) + inSeconds(bytes);
      ring.filled[previous % RoundingSlots.COUNT] = prefetchFree;
    }
  }

  private void waitFor(double moment) {
    now = Math.max(now, moment);
  }

  private double outSeconds(double bytes) {
    return ResidencyModel.seconds(bytes, model.budgets().offloadBytesPerSecond());
  }

  private double inSeconds(double bytes) {
    return ResidencyModel.seconds(bytes, model.budgets().prefetchBytesPerSecond());
  }
}
