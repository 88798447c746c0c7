package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.memo.planner.allocation.AllocationPlanner;
import org.memo.planner.allocation.Limits;
import org.memo.planner.allocation.LowerBound;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.allocation.Validator;
import org.memo.planner.allocation.bilevel.BilevelPlan.Form;
import org.memo.planner.trace.RequestTrace;

/**
 * Plans a trace on two levels, and compares the result with what is alive at once in the flat
 * trace. Where solid blocks take more than that, the passes in which they do are opened: their
 * tensors are placed one by one. Where level 2 misses the bound nevertheless, more and more passes
 * are opened from the ends of each run of passes, for there they meet what is between the runs. If
 * that does not help either, the trace is planned flat and the lower plan taken.
 */
public final class BilevelPlanner {

  /** Opened at each end of a run; beyond them there is not much left of two levels. */
  private static final int[] OPENED_AT_ENDS = {0, 1, 2, 4, 8};

  /** Opening a pass shifts what its neighbours hand on, so that others may have to follow. */
  private static final int MAX_OPENINGS = 4;

  private static final Solution NONE = new Solution(List.of(), Long.MAX_VALUE);

  private final Limits limits;

  /**
   * A planner.
   *
   * @param limits of each of the searches: level 1 of one kind of pass, and the flat plan
   */
  public BilevelPlanner(Limits limits) {
    this.limits = limits;
  }

  /**
   * The lowest plan found, checked.
   *
   * @param alignmentBytes offsets are multiples of this, and so is the room that a tensor takes
   */
  public BilevelPlan plan(RequestTrace trace, long alignmentBytes) {
    Problem rooms = new Problem(trace.lives(), alignmentBytes).withWholeRooms();
    List<PassWindow> windows = PassWindows.of(trace, rooms);
    BilevelPlan plan = new Search(rooms, new PassSolver(limits)).plan(windows);
    Validator.requireValid(rooms, plan.solution());
    return plan;
  }

  /** The planning of one trace. */
  private final class Search {
    private final Problem rooms;
    private final PassSolver passes;
    private final long lowerBoundBytes;
    private List<LevelOne> levelOne = List.of();
    private Solution best = NONE;
    private int blockPasses;

    Search(Problem rooms, PassSolver passes) {
      this.rooms = rooms;
      this.passes = passes;
      lowerBoundBytes = LowerBound.of(rooms);
    }

    BilevelPlan plan(List<PassWindow> windows) {
      levelOne = levelOne(windows);
      for (int opened : OPENED_AT_ENDS) {
        List<PassWindow> blocks = PassRuns.withoutEnds(windows, opened);
        if (blocks.isEmpty() || best.peakBytes() == lowerBoundBytes) {
          break;
        }
        tryBlocks(blocks);
      }
      Form form = blockPasses > 0 ? Form.BILEVEL : Form.FLAT;
      if (best.peakBytes() == lowerBoundBytes) {
        return plan(best, form);
      }
      Solution flat = AllocationPlanner.minimise(rooms, limits).solution();
      return flat.peakBytes() < best.peakBytes() ? plan(flat, Form.FLAT) : plan(best, form);
    }

    private BilevelPlan plan(Solution solution, Form form) {
      OptionalLong levelTwoBytes =
          best.equals(NONE) ? OptionalLong.empty() : OptionalLong.of(best.peakBytes());
      return new BilevelPlan(solution, lowerBoundBytes, levelOne, levelTwoBytes, blockPasses, form);
    }

    private void tryBlocks(List<PassWindow> windows) {
      List<PassWindow> blocks = windows;
      LevelTwo levelTwo = levelTwo(blocks);
      for (int i = 0; i < MAX_OPENINGS; i++) {
        Set<PassWindow> full = new HashSet<>(levelTwo.windowsAbove(lowerBoundBytes, blocks));
        if (full.isEmpty()) {
          break;
        }
        blocks = blocks.stream().filter(window -> !full.contains(window)).toList();
        levelTwo = levelTwo(blocks);
      }
      Solution solution = levelTwo.pack(lowerBoundBytes);
      if (solution.peakBytes() < best.peakBytes()) {
        best = solution;
        blockPasses = blocks.size();
      }
    }

    private LevelTwo levelTwo(List<PassWindow> windows) {
      PassEnds ends = new PassEnds(windows, rooms.size());
      List<BlockPlan> blocks = new ArrayList<>();
      for (PassChain chain : PassChains.of(windows, ends)) {
        blocks.add(ChainBuilder.plan(chain, passes.plan(chain), rooms));
      }
      return LevelTwo.of(rooms, blocks, ends);
    }

    /** With all passes as blocks, whichever are opened later. */
    private List<LevelOne> levelOne(List<PassWindow> windows) {
      return PassChains.of(windows, new PassEnds(windows, rooms.size())).stream()
          .flatMap(chain -> passes.plan(chain).stream())
          .map(PassPlan::result)
          .distinct()
          .toList();
    }
  }
}
