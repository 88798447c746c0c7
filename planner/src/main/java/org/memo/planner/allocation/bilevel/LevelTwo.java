package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.allocation.bilevel.Block.Part;
import org.memo.planner.allocation.bilevel.BlockPacker.Packing;
import org.memo.planner.trace.TensorLife;

/**
 * The whole step as blocks: a block for each chain of passes, one for all that a pass keeps for
 * another one, and one for each other tensor.
 */
final class LevelTwo {

  private record KeptBetween(int bornIn, int freedIn) {}

  private final Problem rooms;
  private final List<BlockPlan> plans;

  private LevelTwo(Problem rooms, List<BlockPlan> plans) {
    this.rooms = rooms;
    this.plans = plans.stream().filter(plan -> !plan.block().parts().isEmpty()).toList();
  }

  static LevelTwo of(Problem rooms, List<BlockPlan> chains, PassEnds ends) {
    boolean[] inChain = new boolean[rooms.size()];
    for (BlockPlan chain : chains) {
      chain.offsetsBytes().keySet().forEach(tensor -> inChain[tensor] = true);
    }
    List<BlockPlan> plans = new ArrayList<>(chains);
    Map<KeptBetween, List<Integer>> kept = new LinkedHashMap<>();
    for (int tensor = 0; tensor < rooms.size(); tensor++) {
      KeptBetween between = new KeptBetween(ends.bornIn(tensor), ends.freedIn(tensor));
      if (inChain[tensor]) {
        continue;
      }
      if (between.bornIn == PassEnds.NOWHERE || between.freedIn == PassEnds.NOWHERE) {
        plans.add(BlockPlan.single(tensor, rooms.buffers().get(tensor)));
      } else {
        kept.computeIfAbsent(between, key -> new ArrayList<>()).add(tensor);
      }
    }
    kept.values().forEach(tensors -> plans.add(stack(tensors, rooms)));
    return new LevelTwo(rooms, plans);
  }

  /** Tensors of almost the same lifetime as one block of the longest one. */
  private static BlockPlan stack(List<Integer> tensors, Problem rooms) {
    Map<Integer, Long> offsets = new HashMap<>();
    long lower = Long.MAX_VALUE;
    long upper = Long.MIN_VALUE;
    long heightBytes = 0;
    for (int tensor : tensors) {
      TensorLife life = rooms.buffers().get(tensor);
      lower = Math.min(lower, life.lower());
      upper = Math.max(upper, life.upper());
      offsets.put(tensor, heightBytes);
      heightBytes += life.sizeBytes();
    }
    return new BlockPlan(Block.of(lower, upper, heightBytes), offsets);
  }

  /** The windows in which the blocks take more than {@code limitBytes} at some moment. */
  List<PassWindow> windowsAbove(long limitBytes, List<PassWindow> windows) {
    Stream<Part> parts = plans.stream().flatMap(plan -> plan.block().parts().stream());
    LoadCurve load = LoadCurve.of(parts);
    return windows.stream()
        .filter(window -> load.maximum(window.start(), window.end()) > limitBytes)
        .toList();
  }

  /** Addresses of all tensors, in the lowest packing that is found. */
  Solution pack(long lowerBoundBytes) {
    Solution best = new Solution(List.of(), Long.MAX_VALUE);
    for (List<BlockPlan> turned : turns()) {
      Solution solution =
          solution(turned, BlockSolver.byOrders(List.of(), blocks(turned), lowerBoundBytes));
      best = solution.peakBytes() < best.peakBytes() ? solution : best;
      if (best.peakBytes() == lowerBoundBytes) {
        return best;
      }
    }
    Solution learned =
        solution(plans, BlockSolver.byLearning(List.of(), blocks(plans), lowerBoundBytes));
    return learned.peakBytes() < best.peakBytes() ? learned : best;
  }

  /**
   * The same blocks with no, the even, the odd and all chains upside down: where a chain hands its
   * last border on, the one way up may leave room for what comes next, and the other not.
   */
  private List<List<BlockPlan>> turns() {
    Set<List<BlockPlan>> turns = new LinkedHashSet<>();
    for (int which = 0; which < 4; which++) {
      List<BlockPlan> turned = new ArrayList<>();
      int chains = 0;
      for (BlockPlan plan : plans) {
        boolean isChain = plan.block().parts().size() > 1;
        boolean isTurned = isChain && (which >> (chains % 2)) % 2 == 1;
        chains += isChain ? 1 : 0;
        turned.add(isTurned ? plan.mirrored(rooms) : plan);
      }
      turns.add(turned);
    }
    return List.copyOf(turns);
  }

  private Solution solution(List<BlockPlan> placed, Packing packing) {
    long[] offsets = new long[rooms.size()];
    for (int i = 0; i < placed.size(); i++) {
      long base = packing.basesBytes()[i];
      placed.get(i).offsetsBytes().forEach((tensor, offset) -> offsets[tensor] = base + offset);
    }
    return Solution.of(rooms, Arrays.stream(offsets).boxed().toList());
  }

  private static List<Block> blocks(List<BlockPlan> plans) {
    return plans.stream().map(BlockPlan::block).toList();
  }
}
