package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.bilevel.PassShape.Step;
import org.memo.planner.trace.Request;
import org.memo.planner.trace.RequestTrace;
import org.memo.planner.trace.RequestTrace.Pass;
import org.memo.planner.trace.RequestTrace.Section;
import org.memo.planner.trace.TensorLife;

/** Reads the passes of a trace. */
final class PassWindows {

  private final Problem rooms;
  private final int[] birthPosition; // by tensor, of the pass that is read
  private final List<PassWindow> windows = new ArrayList<>();

  private PassWindows(Problem rooms) {
    this.rooms = rooms;
    birthPosition = new int[rooms.size()];
    Arrays.fill(birthPosition, PassShape.OUTSIDE);
  }

  /**
   * All passes that request anything, in order of time.
   *
   * @param rooms the trace's tensors, each as big as its room
   */
  static List<PassWindow> of(RequestTrace trace, Problem rooms) {
    PassWindows reader = new PassWindows(rooms);
    long sectionStart = 0;
    for (Section section : trace.sections()) {
      for (Pass pass : section.passes()) {
        if (pass.first() < pass.end()) {
          reader.read(
              pass.kind(),
              section.requests().subList(pass.first(), pass.end()),
              sectionStart + pass.first());
        }
      }
      sectionStart += section.requests().size();
    }
    return reader.windows;
  }

  private void read(String kind, List<Request> requests, long start) {
    long end = start + requests.size();
    List<Step> steps = new ArrayList<>();
    List<Integer> tensors = new ArrayList<>();
    for (Request request : requests) {
      int tensor = Math.toIntExact(request.id());
      TensorLife life = rooms.buffers().get(tensor);
      steps.add(
          switch (request) {
            case Request.Malloc malloc -> {
              birthPosition[tensor] = steps.size();
              int death =
                  life.upper() < end ? Math.toIntExact(life.upper() - start) : PassShape.OUTSIDE;
              yield new Step(true, death, life.sizeBytes());
            }
            case Request.Free free -> new Step(false, birthPosition[tensor], life.sizeBytes());
          });
      tensors.add(tensor);
    }
    tensors.forEach(tensor -> birthPosition[tensor] = PassShape.OUTSIDE);
    windows.add(new PassWindow(new PassShape(kind, steps), start, tensors));
  }
}
