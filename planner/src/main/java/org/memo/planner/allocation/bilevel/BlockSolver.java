package org.memo.planner.allocation.bilevel;

import java.util.List;
import org.memo.planner.allocation.GreedySolver.Fit;
import org.memo.planner.allocation.bilevel.BlockPacker.Packing;

/**
 * Packs blocks by several orders. The first packing within the target is the answer, else the
 * lowest of all.
 */
final class BlockSolver {

  private BlockSolver() {}

  /**
   * Answers with bases of the blocks.
   *
   * @param fixed blocks that stay where they are
   * @param blocks blocks to be placed
   * @param targetBytes a peak that is low enough
   */
  static Packing solve(List<Block> fixed, List<Block> blocks, long targetBytes) {
    Packing best = new Packing(new long[0], Long.MAX_VALUE);
    for (BlockOrder order : BlockOrder.values()) {
      int[] sequence = order.sequence(blocks);
      for (Fit fit : Fit.values()) {
        BlockPacker packer = new BlockPacker(fit);
        fixed.forEach(packer::fix);
        Packing packing = packer.pack(blocks, sequence);
        if (packing.peakBytes() <= targetBytes) {
          return packing;
        }
        if (packing.peakBytes() < best.peakBytes()) {
          best = packing;
        }
      }
    }
    return best;
  }
}
