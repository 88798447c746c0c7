package org.memo.planner.allocation.bilevel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.memo.planner.allocation.Limits;
import org.memo.planner.allocation.PortfolioSolver;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Validator;
import org.memo.planner.trace.RequestTrace;
import org.memo.planner.trace.RequestTraceRecorder;

/**
 * Passes that no trainer would make: any tensor may outlive any pass, passes of a kind may differ,
 * and there are requests between them.
 */
class RandomPassesTest {

  private final RequestTraceRecorder recorder = new RequestTraceRecorder();
  private final List<Long> live = new ArrayList<>();

  @Test
  void anyPassesGetAValidPlanNoHigherThanTheFlatOne() {
    BilevelPlanner planner = new BilevelPlanner(new Limits(Duration.ofMillis(200), 1));
    int blocks = 0;
    for (int seed = 0; seed < 300; seed++) {
      RequestTrace trace = new RandomPassesTest().trace(new Random(seed));
      Problem rooms = new Problem(trace.lives(), 128).withWholeRooms();
      BilevelPlan plan = planner.plan(trace, 128);
      Validator.requireValid(rooms, plan.solution());
      long flatBytes = PortfolioSolver.standard().solve(rooms).peakBytes();
      assertTrue(plan.solution().peakBytes() <= flatBytes, "seed " + seed);
      blocks += plan.form() == BilevelPlan.Form.BILEVEL ? 1 : 0;
    }
    assertTrue(blocks > 250, "planned as blocks: " + blocks);
  }

  private RequestTrace trace(Random random) {
    recorder.beginSection("setup");
    recorder.malloc("weights", 1 + random.nextInt(1000));
    recorder.beginSection("micro-batch");
    malloc(random);
    int passes = 2 + random.nextInt(12);
    int kinds = 1 + random.nextInt(3);
    int memory = random.nextInt(20);
    long seed = random.nextLong();
    for (int i = 0; i < passes; i++) {
      int kind = random.nextInt(4) == 0 ? random.nextInt(kinds) : i * kinds / passes;
      boolean odd = random.nextInt(10) == 0;
      recorder.beginPass("kind " + kind);
      pass(new Random(seed + 2 * kind + (odd ? 1 : 0)), memory);
      recorder.endPass();
      if (random.nextInt(4) == 0) {
        malloc(random);
        recorder.free(live.remove(random.nextInt(live.size())));
      }
    }
    Collections.shuffle(live, random);
    live.forEach(recorder::free);
    return recorder.trace();
  }

  private void pass(Random random, int memory) {
    int steps = 1 + random.nextInt(12);
    for (int i = 0; i < steps; i++) {
      if (live.isEmpty() || random.nextInt(memory + 2) > memory / 2) {
        malloc(random);
      } else if (random.nextBoolean()) {
        recorder.free(live.removeLast());
      } else {
        recorder.free(live.remove(Math.min(random.nextInt(6), live.size() - 1)));
      }
    }
  }

  private void malloc(Random random) {
    live.add(
        recorder.malloc("tensor", (1 + random.nextInt(8)) * (random.nextBoolean() ? 128 : 100)));
  }
}
