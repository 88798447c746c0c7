package org.memo.planner.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.memo.planner.MemoryPlan;
import org.memo.planner.PlannedTensor;
import org.memo.planner.trace.RequestTrace;
import org.memo.planner.trace.RequestTraceRecorder;

class PlanPageTest {
  private static final String OPENING = "<script type=\"application/json\" id=\"plan\">";

  @Test
  void theDataHoldEveryTensor() {
    PlanView view = view("parameters", "logits", Timeline.NONE);
    JsonNode slab = data(PlanPage.of(view)).get("slab");
    long lower = 0;
    int index = 0;
    for (PlannedTensor tensor : tensors(view.memory())) {
      JsonNode what = slab.get("what").get(slab.get("tensors").get(index).asInt());
      lower += slab.get("tensors").get(index + 1).asLong();
      long upper = lower + slab.get("tensors").get(index + 2).asLong();
      long offset = slab.get("tensors").get(index + 3).asLong();
      assertEquals(
          tensor,
          new PlannedTensor(what.get(0).asText(), lower, upper, what.get(2).asLong(), offset));
      index += 4;
    }
    assertEquals(index, slab.get("tensors").size());
    assertEquals(view.memory().slabBytes(), slab.get("bytes").asLong());
  }

  @Test
  void theFullestRequestHoldsTheLowerBound() {
    PlanView view = view("parameters", "logits", Timeline.NONE);
    JsonNode peak = data(PlanPage.of(view)).get("slab").get("peakBytes");
    long sum = IntStream.range(0, peak.size()).mapToLong(i -> peak.get(i).asLong()).sum();
    assertEquals(view.memory().lowerBoundBytes(), sum);
    assertEquals(512, peak.get(TensorKind.WORKSPACE.ordinal()).asLong());
  }

  @Test
  void theDataHoldPassesWithTheirLayers() {
    JsonNode passes = data(PlanPage.of(view("a", "b", Timeline.NONE))).get("slab").get("passes");
    assertEquals("[\"forward\",0,\"SWAPPED\",4,6]", passes.get(0).toString());
    assertEquals("[\"forward\",2,\"SWAPPED\",8,10]", passes.get(2).toString());
    assertEquals("[\"backward\",2,\"SWAPPED\",10,12]", passes.get(3).toString());
    assertEquals("[\"backward\",0,\"SWAPPED\",14,16]", passes.get(5).toString());
  }

  @Test
  void theDataHoldTheTimeOfEachKindOfWork() {
    JsonNode timeline = data(PlanPage.of(view("a", "b", ExamplePlans.timeline()))).get("timeline");
    assertEquals(202, timeline.get("operations").asLong());
    JsonNode offload = timeline.get("lanes").get(1);
    assertEquals("offload", offload.get(0).asText());
    double tick = timeline.get("tick").asDouble();
    assertEquals(10, offload.get(1).get(0).asLong() * tick, 1e-6);
    assertEquals(50, offload.get(1).get(1).asLong() * tick, 1e-6);
    assertEquals(WorkKind.COPY_OUT.ordinal(), offload.get(1).get(3).asInt());
  }

  @Test
  void theDataHoldTheArrangementOfRanks() {
    JsonNode ranks = data(PlanPage.of(view("a", "b", Timeline.NONE))).get("ranks");
    assertEquals(
        "{\"groups\":2,\"places\":2,\"placeRanks\":3,\"nodeRanks\":6,\"text\":\"12 ranks <i>in"
            + " words</i>\"}",
        ranks.toString());
  }

  @Test
  void aPageWithoutATimelineHasNone() {
    assertFalse(data(PlanPage.of(view("a", "b", Timeline.NONE))).has("timeline"));
  }

  @Test
  void aTimelineInWhichNoTimePassesIsLeftOut() {
    TimelineRecorder recorder = new TimelineRecorder(List.of());
    recorder.add("compute", WorkKind.MATRIX, "Gemm", 0, 0);
    assertFalse(data(PlanPage.of(view("a", "b", recorder.timeline(0)))).has("timeline"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "\"'`\\ & <b>",
        "@DATA@ @STYLE@ @SCRIPT@",
        "line\nbreak\u2028\u0000",
        "模型 🧠"
      })
  void noNameBecomesMarkup(String name) {
    PlanView view =
        ExamplePlans.view(name, ExamplePlans.trace(name, name), ExamplePlans.timeline());
    String page = PlanPage.of(view);
    assertEquals(2, page.split("</script>", -1).length - 1, "scripts");
    assertEquals(name, data(page).get("title").asText());
    assertEquals(name, data(page).get("slab").get("what").get(0).get(0).asText());
    assertFalse(name.contains("<") && page.contains(name), "markup");
  }

  @Test
  void thePageNeedsNoNetwork() {
    String page = PlanPage.of(view("a", "b", ExamplePlans.timeline()));
    assertFalse(page.contains("://"), "an address");
    assertFalse(page.contains("@import") || page.contains("src="), "another file");
  }

  @Test
  void aStepOfHalfAMillionOperationsAndThousandsOfTensorsStaysBelowTwoMegabytes() {
    TimelineRecorder recorder = new TimelineRecorder(List.of());
    for (int i = 0; i < 500_000; i++) {
      WorkKind kind = WorkKind.values()[i % 4];
      recorder.add("stream " + i % 5, kind, "operation " + i % 30, i * 1e-3, i * 1e-3 + 9e-4);
    }
    String page = PlanPage.of(ExamplePlans.view("large", largeTrace(), recorder.timeline(500)));
    assertTrue(page.length() < 2_000_000, "characters " + page.length());
  }

  /** The states and workspaces of a step with 9,000 tensors. */
  private static RequestTrace largeTrace() {
    RequestTraceRecorder recorder = new RequestTraceRecorder();
    recorder.beginSection(RequestTrace.SETUP);
    for (int i = 0; i < 1000; i++) {
      recorder.malloc("layer " + i / 10 + " part " + i % 10, 100_000_000L + i);
    }
    recorder.beginSection("micro-batch");
    for (int i = 0; i < 8000; i++) {
      recorder.free(recorder.malloc("workspace " + i % 7, 1_000_000L));
    }
    return recorder.trace();
  }

  private static PlanView view(String permanent, String transientName, Timeline timeline) {
    return ExamplePlans.view("test", ExamplePlans.trace(permanent, transientName), timeline);
  }

  private static List<PlannedTensor> tensors(MemoryPlan plan) {
    return plan.sections().stream().flatMap(section -> section.tensors().stream()).toList();
  }

  private static JsonNode data(String page) {
    int start = page.indexOf(OPENING) + OPENING.length();
    try {
      return new JsonMapper().readTree(page.substring(start, page.indexOf("</script>", start)));
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }
}
