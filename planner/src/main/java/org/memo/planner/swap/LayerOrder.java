package org.memo.planner.swap;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Which layer has which form, where their counts are known. All layers keep what they keep until
 * the turn from forward to backward, so the order does not change the memory; it decides what a
 * copy hides behind.
 *
 * <p>Each kind of layer is spread evenly over the depth, so that a swapped layer's copies have the
 * computation of the layers up to the next but one to hide behind. As what comes last turns around
 * at once, the last layers copy nothing: either they are the swapped layers that stay in their
 * buffers, as in the paper, or a number of others, resident ones last. While those are computed,
 * forward and backward, copies can finish that started before; but more of them leave fewer to hide
 * the copies between the swapped ones. All of that is tried, and the order with which {@link
 * StepTimeline} is fastest is taken.
 */
final class LayerOrder {

  /** From the end of the step. */
  private static final List<LayerForm> FROM_THE_END =
      List.of(LayerForm.RESIDENT, LayerForm.CHECKPOINTED, LayerForm.RECOMPUTED);

  private LayerOrder() {}

  /**
   * The forms in the order of layers.
   *
   * @param seconds of the step, by {@link StepTimeline}
   */
  record Timed(List<LayerForm> forms, double seconds) {}

  /** The fastest order; of equally fast ones that with the most layers that copy nothing last. */
  static Timed fastest(ResidencyModel model, FormCounts counts) {
    double unhindered = model.computeSeconds() + model.recomputeSeconds(counts);
    int copying = counts.swapped() + counts.recomputedFromHost();
    Timed best = timed(model, counts, counts.layers() - copying, false);
    for (int last = counts.layers() - copying; last >= 0; last--) {
      for (boolean copyingEnds : new boolean[] {true, false}) {
        if (copying == 0 || best.seconds <= unhindered * (1 + 1e-12)) {
          return best;
        }
        Timed order = timed(model, counts, last, copyingEnds);
        best = order.seconds < best.seconds * (1 - 1e-12) ? order : best;
      }
    }
    return best;
  }

  private static Timed timed(
      ResidencyModel model, FormCounts counts, int last, boolean copyingEnds) {
    List<LayerForm> forms = order(counts, last, copyingEnds);
    return new Timed(forms, StepTimeline.seconds(model, forms, counts.alpha()));
  }

  /**
   * An even spread.
   *
   * @param last how many of the layers that copy nothing come after all others
   * @param copyingEnds whether the last of each kind that copies ends the spread
   */
  static List<LayerForm> order(FormCounts counts, int last, boolean copyingEnds) {
    List<Kind> kinds = new ArrayList<>();
    for (LayerForm form : List.of(LayerForm.SWAPPED, LayerForm.RECOMPUTED_FROM_HOST)) {
      int count = counts.of(form);
      kinds.add(new Kind(form, count, 0, 1.0 / Math.max(1, copyingEnds ? count - 1 : count)));
    }
    List<LayerForm> end = new ArrayList<>();
    for (LayerForm form : FROM_THE_END) {
      int atEnd = Math.min(last - end.size(), counts.of(form));
      end.addAll(Collections.nCopies(atEnd, form));
      int count = counts.of(form) - atEnd;
      kinds.add(new Kind(form, count, 0.5 / Math.max(1, count), 1.0 / Math.max(1, count)));
    }
    List<LayerForm> forms = merge(kinds, counts.layers() - end.size());
    forms.addAll(end.reversed());
    return forms;
  }

  /** Layers of a form and the depths, from 0 to 1, at which they shall be. */
  private record Kind(LayerForm form, int count, double firstDepth, double stepDepth) {
    double depth(int index) {
      return index < count ? firstDepth + index * stepDepth : Double.POSITIVE_INFINITY;
    }
  }

  /** In the order of depths. */
  private static List<LayerForm> merge(List<Kind> kinds, int total) {
    List<LayerForm> forms = new ArrayList<>(total);
    int[] taken = new int[kinds.size()];
    while (forms.size() < total) {
      int next = 0;
      for (int kind = 1; kind < taken.length; kind++) {
        if (kinds.get(kind).depth(taken[kind]) < kinds.get(next).depth(taken[next])) {
          next = kind;
        }
      }
      forms.add(kinds.get(next).form);
      taken[next]++;
    }
    return forms;
  }
}
