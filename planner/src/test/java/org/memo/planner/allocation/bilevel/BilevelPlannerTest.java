package org.memo.planner.allocation.bilevel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.memo.planner.allocation.Limits;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Validator;
import org.memo.planner.allocation.bilevel.BilevelPlan.Form;
import org.memo.planner.allocation.bilevel.StepTraces.Shape;
import org.memo.planner.allocation.bilevel.StepTraces.Style;
import org.memo.planner.trace.RequestTrace;
import org.memo.planner.trace.RequestTraceRecorder;

class BilevelPlannerTest {

  private static final BilevelPlanner PLANNER =
      new BilevelPlanner(new Limits(Duration.ofSeconds(5), 1));

  /** 80 layers, 1M tokens on 8 ranks. */
  private static final Shape GPT_65B =
      new Shape(80, 128 << 10, 8192, 8192, 32_768, false, 50_257, 1024);

  @ParameterizedTest
  @EnumSource(Style.class)
  void noRoomIsLostOnAnyStep(Style style) {
    Random random = new Random(style.ordinal());
    for (int i = 0; i < 60; i++) {
      Shape shape = Shape.random(random);
      long seed = random.nextLong();
      RequestTrace trace = StepTraces.of(shape, style, seed);
      BilevelPlan plan = PLANNER.plan(trace, 128);
      String which = "%s %s seed %d: %s".formatted(style, shape, seed, plan.form());
      Validator.requireValid(new Problem(trace.lives(), 128).withWholeRooms(), plan.solution());
      assertEquals(plan.lowerBoundBytes(), plan.solution().peakBytes(), which);
      if (style != Style.TWO_HANDED_ON) { // two borders may have no places that both passes share
        assertTrue(plan.isLevelOneOptimal(), which);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Style.class,
      names = {"FIXED", "RECOMPUTED"})
  void stepsWithoutBordersNeedNoOtherForm(Style style) {
    BilevelPlan plan = PLANNER.plan(StepTraces.of(GPT_65B, style, 7), 128);
    assertEquals(Form.BILEVEL, plan.form());
    assertEquals(OptionalLong.of(plan.lowerBoundBytes()), plan.levelTwoPeakBytes());
    assertTrue(plan.blockPasses() >= 158);
  }

  @Test
  void eachKindOfPassIsSolvedOnce() {
    BilevelPlan plan = PLANNER.plan(StepTraces.of(GPT_65B, Style.FIXED, 7), 128);
    assertEquals(
        List.of("forward", "backward"), plan.levelOne().stream().map(LevelOne::kind).toList());
  }

  @Test
  void passesHandTheirBordersOnInTurnAtTheTopAndAtTheBottom() {
    RequestTraceRecorder recorder = new RequestTraceRecorder();
    recorder.beginSection("micro-batch");
    long stream = recorder.malloc("stream", 10);
    for (int i = 0; i < 4; i++) {
      recorder.beginPass("forward");
      recorder.free(recorder.malloc("early", 90));
      long next = recorder.malloc("stream", 10);
      recorder.free(stream);
      recorder.free(recorder.malloc("late", 90));
      stream = next;
      recorder.endPass();
    }
    recorder.free(stream);
    BilevelPlan plan = PLANNER.plan(recorder.trace(), 1);

    assertEquals(100, plan.solution().peakBytes());
    assertEquals(
        List.of(0L, 10L, 90L, 0L, 0L, 0L, 10L, 10L, 90L, 0L, 0L, 0L, 10L),
        plan.solution().offsetsBytes());
    assertEquals(4, plan.blockPasses());
  }

  @Test
  void aPassThatDiffersIsAKindOfItsOwn() {
    RequestTraceRecorder recorder = new RequestTraceRecorder();
    recorder.beginSection("micro-batch");
    for (long size : new long[] {100, 100, 300, 100}) {
      recorder.beginPass("forward");
      recorder.free(recorder.malloc("temporary", size));
      recorder.endPass();
    }
    BilevelPlan plan = PLANNER.plan(recorder.trace(), 1);
    assertEquals(List.of(100L, 300L), plan.levelOne().stream().map(LevelOne::peakBytes).toList());
    assertEquals(300, plan.solution().peakBytes());
  }

  @Test
  void aTraceWithoutPassesIsPlannedFlat() {
    RequestTraceRecorder recorder = new RequestTraceRecorder();
    recorder.beginSection("micro-batch");
    recorder.free(recorder.malloc("temporary", 100));
    BilevelPlan plan = PLANNER.plan(recorder.trace(), 128);
    assertEquals(Form.FLAT, plan.form());
    assertEquals(128, plan.solution().peakBytes());
    assertEquals(List.of(), plan.levelOne());
    assertEquals(OptionalLong.empty(), plan.levelTwoPeakBytes());
    assertTrue(plan.isLevelOneOptimal() && plan.isOptimal());
  }
}
