package org.memo.planner.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.memo.planner.MemoryPlan;
import org.memo.planner.trace.RequestTrace;
import org.memo.planner.trace.RequestTraceRecorder;

class PlanHtmlTest {
  @Test
  void everyTensorIsDrawnAndNamed() {
    String page = PlanHtml.format(plan("weights", "logits"));
    assertEquals(2, page.split("<rect ", -1).length - 1);
    assertTrue(page.contains("<title>weights: 0.00 MiB (1,024 bytes) at 0, requests 0 to 3"), page);
    assertTrue(page.contains("<title>logits: "), page);
    assertTrue(page.contains(">micro-batch</text>"), page);
  }

  @Test
  void namesCannotBreakThePage() {
    String page = PlanHtml.format(plan("<script>\"&", "b"));
    assertFalse(page.contains("<script>"), page);
    assertTrue(page.contains("&lt;script>&quot;&amp;"), page);
  }

  @Test
  void thePageNeedsNoNetwork() {
    assertFalse(PlanHtml.format(plan("a", "b")).contains("://"));
  }

  private static MemoryPlan plan(String permanent, String transientName) {
    RequestTraceRecorder recorder = new RequestTraceRecorder();
    recorder.beginSection(RequestTrace.SETUP);
    recorder.malloc(permanent, 1024);
    recorder.beginSection("micro-batch");
    recorder.free(recorder.malloc(transientName, 512));
    return MemoryPlan.of(recorder.trace());
  }
}
