package org.memo.planner.allocation.bilevel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.memo.planner.allocation.Limits;
import org.memo.planner.allocation.LowerBound;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.bilevel.Block.Part;
import org.memo.planner.allocation.bilevel.StepTraces.Shape;
import org.memo.planner.allocation.bilevel.StepTraces.Style;
import org.memo.planner.trace.RequestTrace;
import org.memo.planner.trace.TensorLife;

/** Why borders are pinned and passes mirrored. */
class NaiveBlocksTest {

  private static final Limits LIMITS = new Limits(Duration.ofSeconds(1), 1);

  /** Six layers of an 8B model without a loss: the layers set the peak. */
  private static final Shape SIX_LAYERS = new Shape(6, 8192, 4096, 1024, 14_336, true, 128_256, 0);

  @Test
  void aSolidBlockWithItsBordersBesideItLosesWherePinnedBordersLoseNothing() {
    Random random = new Random(3);
    double worst = 0;
    int losses = 0;
    for (int i = 0; i < 50; i++) {
      RequestTrace trace = StepTraces.of(SIX_LAYERS, Style.HANDED_ON, random.nextLong());
      BilevelPlan plan = new BilevelPlanner(LIMITS).plan(trace, 128);
      assertEquals(plan.lowerBoundBytes(), plan.levelTwoPeakBytes().getAsLong());

      Problem rooms = new Problem(trace.lives(), 128).withWholeRooms();
      long fixedBytes = permanentBytes(rooms);
      double loss =
          (double) (leastForNaiveBlocks(trace, rooms) - fixedBytes)
                  / (LowerBound.of(rooms) - fixedBytes)
              - 1;
      worst = Math.max(worst, loss);
      losses += loss > 0 ? 1 : 0;
    }
    assertTrue(losses > 40, "naive blocks lose on %d of 50".formatted(losses));
    assertTrue(worst > 0.05, "naive blocks lose at most " + worst);
  }

  /** The most bytes at one moment: a lower bound for whatever places these blocks. */
  private static long leastForNaiveBlocks(RequestTrace trace, Problem rooms) {
    List<Part> parts = new ArrayList<>();
    Set<Integer> inner = new HashSet<>();
    for (PassWindow window : PassWindows.of(trace, rooms)) {
      PassProblem problem = new PassProblem(window.shape(), Borders.NONE, Borders.NONE);
      long height = LowerBound.of(new PassPieces(problem).problem());
      parts.add(new Part(window.start(), window.end(), 0, height));
      for (int i = 0; i < window.tensors().size(); i++) {
        if (window.shape().steps().get(i).isBirthOfInner()) {
          inner.add(window.tensors().get(i));
        }
      }
    }
    for (int i = 0; i < rooms.size(); i++) {
      TensorLife life = rooms.buffers().get(i);
      if (!inner.contains(i)) {
        parts.add(new Part(life.lower(), life.upper(), 0, life.sizeBytes()));
      }
    }
    return LoadCurve.of(parts.stream()).maximum(0, trace.requestCount());
  }

  private static long permanentBytes(Problem rooms) {
    long endOfTime = rooms.buffers().stream().mapToLong(TensorLife::upper).max().orElseThrow();
    return rooms.buffers().stream()
        .filter(life -> life.upper() == endOfTime)
        .mapToLong(TensorLife::sizeBytes)
        .sum();
  }
}
