package org.memo.planner.swap;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which layer has which form, where their counts are known. All layers keep what they keep until
 * the turn from forward to backward, so the order does not change the memory; it decides what a
 * copy hides behind.
 *
 * <p>Each kind of layer is spread evenly over the depth, so that a swapped layer's copies have the
 * computation of the layers up to the next but one to hide behind. But what comes last turns around
 * at once: a number of layers that copy nothing end the step, the resident ones last, as in the
 * paper. While they are computed, forward and backward, the last copies can finish; but more of
 * them leave fewer between the swapped ones. The best number is the one with which {@link
 * StepTimeline} is fastest.
 */
final class LayerOrder {

  /** From the end of the step: those that stay longest in the slab come last. */
  private static final List<LayerForm> FROM_THE_END =
      List.of(LayerForm.RESIDENT, LayerForm.CHECKPOINTED, LayerForm.RECOMPUTED);

  private LayerOrder() {}

  /**
   * The forms in the order of layers.
   *
   * @param seconds of the step, by {@link StepTimeline}
   */
  record Timed(List<LayerForm> forms, double seconds) {}

  /** The fastest order; of equally fast ones that with the most at the end. */
  static Timed fastest(ResidencyModel model, FormCounts counts) {
    int staying = counts.layers() - counts.swapped() - counts.recomputedFromHost();
    List<LayerForm> forms = ending(counts, staying);
    Timed best = new Timed(forms, StepTimeline.seconds(model, forms, counts.alpha()));
    if (staying == counts.layers()) {
      return best;
    }
    for (int last = staying - 1; last >= 0; last--) {
      forms = ending(counts, last);
      double seconds = StepTimeline.seconds(model, forms, counts.alpha());
      if (seconds < best.seconds * (1 - 1e-12)) {
        best = new Timed(forms, seconds);
      }
    }
    return best;
  }

  /** The last so many layers copy nothing, the others are spread over the depth before them. */
  static List<LayerForm> ending(FormCounts counts, int last) {
    List<LayerForm> end = new ArrayList<>();
    record Placed(LayerForm form, double depth) {}
    List<Placed> spread = new ArrayList<>();
    int left = last;
    for (LayerForm form : FROM_THE_END) {
      int atEnd = Math.min(left, counts.of(form));
      left -= atEnd;
      int others = counts.of(form) - atEnd;
      for (int i = 0; i < atEnd; i++) {
        end.addFirst(form);
      }
      for (int i = 0; i < others; i++) {
        spread.add(new Placed(form, (i + 0.5) / others));
      }
    }
    for (LayerForm form : List.of(LayerForm.SWAPPED, LayerForm.RECOMPUTED_FROM_HOST)) {
      for (int i = 0; i < counts.of(form); i++) {
        spread.add(new Placed(form, (double) i / counts.of(form)));
      }
    }
    spread.sort(Comparator.comparingDouble(Placed::depth));
    List<LayerForm> forms = new ArrayList<>();
    spread.forEach(placed -> forms.add(placed.form));
    forms.addAll(end);
    return List.copyOf(forms);
  }
}
