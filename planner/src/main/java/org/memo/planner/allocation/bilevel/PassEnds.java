package org.memo.planner.allocation.bilevel;

import java.util.Arrays;
import java.util.List;
import org.memo.planner.allocation.bilevel.PassShape.Step;

/** In which passes the tensors begin and end that outlive a pass. */
final class PassEnds {

  static final int NOWHERE = -1;

  private final int[] bornIn;
  private final int[] freedIn;
  private final int[] freedAt;

  /**
   * Reads them.
   *
   * @param windows the passes, in the following called by their index
   * @param tensorCount of the trace
   */
  PassEnds(List<PassWindow> windows, int tensorCount) {
    bornIn = new int[tensorCount];
    freedIn = new int[tensorCount];
    freedAt = new int[tensorCount];
    Arrays.fill(bornIn, NOWHERE);
    Arrays.fill(freedIn, NOWHERE);
    for (int w = 0; w < windows.size(); w++) {
      PassWindow window = windows.get(w);
      for (int i = 0; i < window.tensors().size(); i++) {
        Step step = window.shape().steps().get(i);
        if (step.partner() == PassShape.OUTSIDE) {
          note(window.tensors().get(i), w, i, step.birth());
        }
      }
    }
  }

  private void note(int tensor, int window, int position, boolean birth) {
    if (birth) {
      bornIn[tensor] = window;
    } else {
      freedIn[tensor] = window;
      freedAt[tensor] = position;
    }
  }

  /** The pass that allocates the tensor and does not free it, or {@link #NOWHERE}. */
  int bornIn(int tensor) {
    return bornIn[tensor];
  }

  /** The pass that frees the tensor without having allocated it, or {@link #NOWHERE}. */
  int freedIn(int tensor) {
    return freedIn[tensor];
  }

  /** At which of its requests that pass frees it. */
  int freedAt(int tensor) {
    return freedAt[tensor];
  }
}
