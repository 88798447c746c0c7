package org.memo.planner.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.memo.planner.trace.RequestTrace.Pass;
import org.memo.planner.trace.RequestTrace.Section;

class RequestTraceRecorderTest {

  private final RequestTraceRecorder recorder = new RequestTraceRecorder();

  @Test
  void lifespansCountRequestsOverAllSections() {
    recorder.beginSection("setup");
    recorder.malloc("weights", 100); // 0
    long staging = recorder.malloc("staging", 10); // 1
    recorder.free(staging); // 2
    recorder.beginSection("micro-batch");
    long hidden = recorder.malloc("hidden", 20); // 3
    long logits = recorder.malloc("logits", 30); // 4
    recorder.free(hidden); // 5
    recorder.free(logits); // 6
    RequestTrace trace = recorder.trace();

    assertEquals(7, trace.requestCount());
    assertEquals(
        List.of(
            new TensorLife("weights", 0, 7, 100),
            new TensorLife("staging", 1, 2, 10),
            new TensorLife("hidden", 3, 5, 20),
            new TensorLife("logits", 4, 6, 30)),
        trace.lives());
  }

  @Test
  void sectionsKeepTheirRequestsInOrder() {
    recorder.beginSection("optimizer");
    long id = recorder.malloc("norms", 8);
    recorder.free(id);

    Section expected =
        new Section("optimizer", List.of(new Request.Malloc(id, "norms", 8), new Request.Free(id)));
    assertEquals(List.of(expected), recorder.trace().sections());
    assertEquals(1, expected.tensorCount());
  }

  @Test
  void passesAreWindowsOfTheirSection() {
    recorder.beginSection("setup");
    recorder.malloc("weights", 8);
    recorder.beginSection("micro-batch");
    recorder.free(recorder.malloc("embedding", 8));
    recorder.beginPass("forward");
    long kept = recorder.malloc("kept", 8);
    recorder.endPass();
    recorder.beginPass("backward");
    recorder.free(kept);
    recorder.endPass();

    assertEquals(
        List.of(List.of(), List.of(new Pass("forward", 2, 3), new Pass("backward", 3, 4))),
        recorder.trace().sections().stream().map(Section::passes).toList());
  }

  @Test
  void passesDoNotNestAndStayInTheirSection() {
    assertRefused("beginPass of forward comes before", () -> recorder.beginPass("forward"));
    recorder.beginSection("micro-batch");
    assertRefused("endPass comes without", recorder::endPass);
    assertRefused("empty", () -> recorder.beginPass(""));
    recorder.beginPass("forward");
    assertRefused("pass backward begins within pass forward", () -> recorder.beginPass("backward"));
    assertRefused(
        "section micro-batch ends within pass forward", () -> recorder.beginSection("optimizer"));
    assertRefused("section micro-batch ends within pass forward", recorder::trace);
  }

  @Test
  void anEmptyRecordingIsAnEmptyTrace() {
    RequestTrace trace = recorder.trace();
    assertEquals(0, trace.requestCount());
    assertEquals(List.of(), trace.lives());
  }

  @Test
  void aPhaseThatKeepsATensorIsRefusedByTheTensorsName() {
    recorder.beginSection("micro-batch");
    recorder.malloc("logits", 8);

    assertRefused("logits", () -> recorder.beginSection("optimizer"));
    assertRefused("micro-batch ends without freeing [logits (id 0)]", recorder::trace);
  }

  @Test
  void aPhaseMayNotFreeWhatTheSetupHolds() {
    recorder.beginSection("setup");
    long weights = recorder.malloc("weights", 8);
    recorder.beginSection("micro-batch");

    assertRefused("frees tensor weights (id 0)", () -> recorder.free(weights));
  }

  @Test
  void aTensorIsFreedOnlyOnce() {
    recorder.beginSection("micro-batch");
    long id = recorder.malloc("hidden", 8);
    recorder.free(id);

    assertRefused("hidden", () -> recorder.free(id));
    assertRefused("id 17", () -> recorder.free(17));
  }

  @Test
  void requestsBelongToASection() {
    assertRefused("malloc of hidden", () -> recorder.malloc("hidden", 8));
    assertRefused("free of tensor 0", () -> recorder.free(0));
  }

  @Test
  void theSetupComesFirstAndNamesDiffer() {
    recorder.beginSection("micro-batch");

    assertRefused("setup must come first", () -> recorder.beginSection("setup"));
    assertRefused("'micro-batch'", () -> recorder.beginSection("micro-batch"));
  }

  @Test
  void aSizeMustBeAboveZero() {
    recorder.beginSection("setup");
    for (long size : new long[] {0, -1, Long.MIN_VALUE}) {
      Exception e =
          assertThrows(IllegalArgumentException.class, () -> recorder.malloc("weights", size));
      assertTrue(e.getMessage().contains("weights asks for " + size), e.getMessage());
    }
  }

  private static void assertRefused(String expectedText, Runnable call) {
    Exception e = assertThrows(IllegalStateException.class, call::run);
    assertTrue(e.getMessage().contains(expectedText), e.getMessage());
  }
}
