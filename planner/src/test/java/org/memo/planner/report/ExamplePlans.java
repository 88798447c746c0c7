package org.memo.planner.report;

import java.util.List;
import org.memo.planner.MemoryPlan;
import org.memo.planner.report.PlanView.Total;
import org.memo.planner.trace.RequestTrace;
import org.memo.planner.trace.RequestTraceRecorder;

/** Views of plans for the tests of pages. */
final class ExamplePlans {
  static final int LAYERS = 3;

  /** On two nodes, the second of which holds a group with sequences of its own. */
  static final RankGrid RANKS = new RankGrid(2, 2, 3, 6, "12 ranks <i>in words</i>");

  private ExamplePlans() {}

  /** A step of a few layers whose names are given. */
  static RequestTrace trace(String permanent, String transientName) {
    RequestTraceRecorder recorder = new RequestTraceRecorder();
    recorder.beginSection(RequestTrace.SETUP);
    recorder.malloc(permanent, 4096);
    recorder.malloc("gradients", 4096);
    recorder.malloc("kept tile 0", 1024);
    recorder.malloc("layer 2 input", 1024);
    recorder.beginSection("micro-batch");
    for (String direction : List.of("forward", "backward")) {
      for (int layer = 0; layer < LAYERS; layer++) {
        recorder.beginPass(direction + " SWAPPED");
        recorder.free(recorder.malloc(transientName, 512));
        recorder.endPass();
      }
    }
    return recorder.trace();
  }

  static PlanView view(String title, RequestTrace trace, Timeline timeline) {
    MemoryPlan plan = MemoryPlan.of(trace);
    return new PlanView(
        title,
        "for a test",
        List.of(new Total("Slab", plan.slabBytes() + " B", "")),
        List.of(new Total("Slab", plan.slabBytes() + " B", "\"quoted\" & <b>bold</b>")),
        RANKS,
        plan,
        LayerPass.of(trace),
        new Budget("Device memory", plan.slabBytes(), 2 * plan.slabBytes()),
        new Budget("Host memory", 1000, 0),
        timeline);
  }

  /** Two streams, a merged span, a stall and host memory. */
  static Timeline timeline() {
    TimelineRecorder recorder = new TimelineRecorder(List.of("compute", "offload"), 24);
    for (int i = 0; i < 100; i++) {
      recorder.add("compute", WorkKind.MATRIX, "Gemm", i, i + 0.5);
      recorder.add("compute", WorkKind.MEMORY_BOUND, "ResidualAdd", i + 0.5, i + 0.75);
    }
    recorder.add("compute", WorkKind.STALL, "before AdamW", 100, 150);
    recorder.add("compute", WorkKind.MEMORY_BOUND, "AdamW", 150, 200);
    recorder.add("offload", WorkKind.COPY_OUT, "CopyToHost", 10, 60);
    recorder.changeHost(60, 1 << 20);
    return recorder.timeline(200);
  }
}
