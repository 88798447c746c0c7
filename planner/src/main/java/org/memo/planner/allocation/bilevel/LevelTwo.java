package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.Solution;
import org.memo.planner.allocation.bilevel.BlockPacker.Packing;
import org.memo.planner.trace.TensorLife;

/**
 * The whole step: chains of passes as blocks, and one by one the tensors that are in none of them.
 */
final class LevelTwo {

  private final Problem rooms;
  private final List<ChainPlan> chains;
  private final List<Block> blocks = new ArrayList<>(); // of the chains, then of the single tensors
  private final List<Integer> singles = new ArrayList<>();

  LevelTwo(Problem rooms, List<ChainPlan> chains) {
    this.rooms = rooms;
    this.chains = chains;
    boolean[] inBlock = new boolean[rooms.size()];
    for (ChainPlan chain : chains) {
      blocks.add(chain.block());
      chain.offsetsBytes().keySet().forEach(tensor -> inBlock[tensor] = true);
    }
    for (int i = 0; i < rooms.size(); i++) {
      if (!inBlock[i]) {
        singles.add(i);
        TensorLife life = rooms.buffers().get(i);
        blocks.add(Block.of(life.lower(), life.upper(), life.sizeBytes()));
      }
    }
  }

  /** The windows in which the blocks take more than {@code limitBytes} at some moment. */
  List<PassWindow> windowsAbove(long limitBytes, List<PassWindow> windows) {
    LoadCurve load = LoadCurve.of(blocks.stream().flatMap(block -> block.parts().stream()));
    return windows.stream()
        .filter(window -> load.maximum(window.start(), window.end()) > limitBytes)
        .toList();
  }

  /** Addresses of all tensors, in the lowest packing that is found. */
  Solution pack(long lowerBoundBytes) {
    Packing packing = BlockSolver.solve(List.of(), blocks, lowerBoundBytes);
    long[] offsets = new long[rooms.size()];
    for (int c = 0; c < chains.size(); c++) {
      long base = packing.basesBytes()[c];
      chains.get(c).offsetsBytes().forEach((tensor, offset) -> offsets[tensor] = base + offset);
    }
    for (int s = 0; s < singles.size(); s++) {
      offsets[singles.get(s)] = packing.basesBytes()[chains.size() + s];
    }
    return Solution.of(rooms, Arrays.stream(offsets).boxed().toList());
  }
}
