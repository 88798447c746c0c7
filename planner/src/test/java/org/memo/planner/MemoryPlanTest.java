package org.memo.planner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.memo.planner.trace.RequestTrace;
import org.memo.planner.trace.RequestTraceRecorder;
import org.memo.planner.trace.TensorLife;

class MemoryPlanTest {

  /** Two weights, a step that needs 300 + 200 bytes at once, an optimizer that needs 100. */
  public static RequestTrace smallTrace() {
    RequestTraceRecorder recorder = new RequestTraceRecorder();
    recorder.beginSection("setup");
    recorder.malloc("weights", 1000);
    recorder.malloc("moments", 2000);
    recorder.beginSection("micro-batch");
    recorder.beginPass("forward");
    long hidden = recorder.malloc("hidden", 300);
    long logits = recorder.malloc("logits", 200);
    recorder.free(hidden);
    recorder.free(logits);
    recorder.endPass();
    recorder.beginSection("optimizer");
    recorder.free(recorder.malloc("norms", 100));
    return recorder.trace();
  }

  private final MemoryPlan plan = MemoryPlan.of(smallTrace());

  @Test
  void sectionsAndTensorsStandInTheOrderOfTheTrace() {
    assertEquals(
        List.of("setup", "micro-batch", "optimizer"),
        plan.sections().stream().map(PlannedSection::name).toList());
    assertEquals(
        List.of(new TensorLife("weights", 0, 8, 1000), new TensorLife("moments", 1, 8, 2000)),
        plan.section("setup").tensors().stream().map(PlannedTensor::life).toList());
    assertEquals(
        new TensorLife("norms", 6, 7, 100), plan.section("optimizer").tensors().get(0).life());
  }

  @Test
  void theSlabHoldsWholeRoomsAndNothingElse() {
    assertEquals(128, plan.alignmentBytes());
    assertEquals(1024 + 2048 + 384 + 256, plan.slabBytes());
    assertEquals(plan.slabBytes(), plan.lowerBoundBytes());
    assertEquals(0, plan.fragmentation());
    assertTrue(plan.level1Optimal());
  }

  @Test
  void anEmptyTraceNeedsNoSlab() {
    MemoryPlan empty = MemoryPlan.of(new RequestTraceRecorder().trace());
    assertEquals(new MemoryPlan(128, 0, 0, true, List.of()), empty);
    assertEquals(0, empty.fragmentation());
  }

  @Test
  void anUnknownSectionIsRefusedWithTheKnownOnes() {
    assertRefused("[setup, micro-batch, optimizer]", () -> plan.section("evaluation"));
  }

  @Test
  void aPlanThatDoesNotHoldTogetherCannotBeMade() {
    assertRefused("lower bound is stated as 1", () -> planned(plan.slabBytes(), 1));
    assertRefused("peak is stated as 1", () -> planned(1, plan.lowerBoundBytes()));
    assertRefused("share bytes", () -> with("micro-batch", 1, new PlannedTensor("b", 3, 5, 9, 0)));
    assertRefused("multiple", () -> with("setup", 0, new PlannedTensor("a", 0, 8, 9, 64)));
    assertRefused("size 0", () -> with("setup", 0, new PlannedTensor("a", 0, 8, 0, 0)));
  }

  @Test
  void aPhaseThatCouldNotBeRepeatedCannotBePlanned() {
    assertRefused(
        "tensor logits of section micro-batch is alive until 8",
        () -> with("micro-batch", 1, new PlannedTensor("logits", 3, 8, 200, 3456)));
    assertRefused(
        "tensor weights of section setup is alive until 5",
        () -> with("setup", 0, new PlannedTensor("weights", 0, 5, 1000, 0)));
    assertRefused(
        "tensor hidden of section micro-batch is allocated at 3",
        () -> with("micro-batch", 0, new PlannedTensor("hidden", 3, 4, 300, 3072)));
    assertRefused(
        "setup is not the first",
        () -> new MemoryPlan(128, 0, 0, true, plan.sections().reversed()));
    assertRefused(
        "two sections setup",
        () ->
            new MemoryPlan(128, 0, 0, true, List.of(emptySection("setup"), emptySection("setup"))));
  }

  @Test
  void fragmentationIsThePartOfTheSlabAboveTheBound() {
    PlannedTensor floating = new PlannedTensor("x", 0, 1, 128, 384);
    MemoryPlan loose =
        new MemoryPlan(
            128, 512, 128, false, List.of(new PlannedSection("step", List.of(floating))));
    assertEquals(0.75, loose.fragmentation());
  }

  private static PlannedSection emptySection(String name) {
    return new PlannedSection(name, List.of());
  }

  private MemoryPlan planned(long slabBytes, long lowerBoundBytes) {
    return new MemoryPlan(128, slabBytes, lowerBoundBytes, true, plan.sections());
  }

  /** The plan with another tensor in one place. */
  private MemoryPlan with(String sectionName, int index, PlannedTensor replacement) {
    List<PlannedSection> sections = new ArrayList<>();
    for (PlannedSection section : plan.sections()) {
      List<PlannedTensor> tensors = new ArrayList<>(section.tensors());
      if (section.name().equals(sectionName)) {
        tensors.set(index, replacement);
      }
      sections.add(new PlannedSection(section.name(), tensors));
    }
    return new MemoryPlan(128, plan.slabBytes(), plan.lowerBoundBytes(), true, sections);
  }

  private static void assertRefused(String expectedText, Runnable call) {
    Exception e = assertThrows(IllegalArgumentException.class, call::run);
    assertTrue(e.getMessage().contains(expectedText), e.getMessage());
  }
}
