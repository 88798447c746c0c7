package org.memo.planner.allocation.bilevel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.bilevel.PassShape.Step;
import org.memo.planner.trace.RequestTrace;
import org.memo.planner.trace.RequestTraceRecorder;

class PassWindowsTest {

  private final RequestTraceRecorder recorder = new RequestTraceRecorder();

  @Test
  void aPassKnowsItsTensorsAndTheOthers() {
    recorder.beginSection("setup");
    recorder.malloc("weights", 128);
    recorder.beginSection("micro-batch");
    long before = recorder.malloc("before", 256);
    recorder.beginPass("forward");
    long inner = recorder.malloc("inner", 100);
    long after = recorder.malloc("after", 300);
    recorder.free(before);
    recorder.free(inner);
    recorder.endPass();
    recorder.free(after);

    List<Step> steps =
        List.of(
            new Step(true, 3, 128),
            new Step(true, PassShape.OUTSIDE, 384),
            new Step(false, PassShape.OUTSIDE, 256),
            new Step(false, 0, 128));
    assertEquals(
        List.of(new PassWindow(new PassShape("forward", steps), 2, List.of(2, 3, 1, 2))),
        windows());
  }

  @Test
  void passesAreAlikeWhenTheirRequestsAre() {
    recorder.beginSection("micro-batch");
    pass("forward", 100, 200);
    pass("forward", 100, 200);
    pass("forward", 200, 100);
    pass("backward", 100, 200);

    List<PassShape> shapes = windows().stream().map(PassWindow::shape).toList();
    assertEquals(shapes.get(0), shapes.get(1));
    assertNotEquals(shapes.get(0), shapes.get(2));
    assertNotEquals(shapes.get(0), shapes.get(3));
  }

  @Test
  void aPassWithoutRequestsIsNone() {
    recorder.beginSection("micro-batch");
    recorder.beginPass("forward");
    recorder.endPass();
    assertEquals(List.of(), windows());
  }

  private void pass(String kind, long... sizes) {
    recorder.beginPass(kind);
    for (long size : sizes) {
      recorder.free(recorder.malloc("temporary of " + kind, size));
    }
    recorder.endPass();
  }

  private List<PassWindow> windows() {
    RequestTrace trace = recorder.trace();
    return PassWindows.of(trace, new Problem(trace.lives(), 128).withWholeRooms());
  }
}
