package org.memo.planner.allocation.bilevel;

import java.util.List;
import org.memo.planner.allocation.GreedySolver.Fit;
import org.memo.planner.allocation.bilevel.BlockPacker.Packing;

/**
 * Packs blocks by several orders, and then by orders that learn: what ended above the target counts
 * as more demanding in the next round. The first packing within the target is the answer, else the
 * lowest of all.
 */
final class BlockSolver {

  /** What can be packed this way at all is packed in 3 to 20 rounds, seldom in 50. */
  private static final int LEARNING_ROUNDS = 60;

  /** Bold first, then careful. */
  private static final double[] GREASE = {2, 1.2};

  private final List<Block> fixed;
  private final List<Block> blocks;
  private final long targetBytes;
  private Packing best = new Packing(new long[0], Long.MAX_VALUE);

  private BlockSolver(List<Block> fixed, List<Block> blocks, long targetBytes) {
    this.fixed = fixed;
    this.blocks = blocks;
    this.targetBytes = targetBytes;
  }

  /**
   * Answers with bases of the blocks.
   *
   * @param fixed blocks that stay where they are
   * @param blocks blocks to be placed
   * @param targetBytes a peak that is low enough
   */
  static Packing byOrders(List<Block> fixed, List<Block> blocks, long targetBytes) {
    BlockSolver solver = new BlockSolver(fixed, blocks, targetBytes);
    solver.tryOrders();
    return solver.best;
  }

  /** The same with more patience. */
  static Packing byLearning(List<Block> fixed, List<Block> blocks, long targetBytes) {
    BlockSolver solver = new BlockSolver(fixed, blocks, targetBytes);
    for (double grease : GREASE) {
      solver.learn(grease);
    }
    return solver.best;
  }

  private boolean isDone() {
    return best.peakBytes() <= targetBytes;
  }

  private void tryOrders() {
    for (BlockOrder order : BlockOrder.values()) {
      int[] sequence = BlockOrder.sequence(blocks, order.demands(blocks));
      for (Fit fit : Fit.values()) {
        if (!isDone()) {
          pack(fit, sequence);
        }
      }
    }
  }

  private void learn(double grease) {
    double[] demands = BlockOrder.LIFETIME.demands(blocks);
    for (int round = 0; round < LEARNING_ROUNDS && !isDone(); round++) {
      Packing packing = pack(Fit.LOWEST, BlockOrder.sequence(blocks, demands));
      for (int i = 0; i < demands.length; i++) {
        if (packing.basesBytes()[i] + blocks.get(i).topBytes() > targetBytes) {
          demands[i] *= grease;
        }
      }
    }
  }

  private Packing pack(Fit fit, int[] order) {
    BlockPacker packer = new BlockPacker(fit);
    fixed.forEach(packer::fix);
    Packing packing = packer.pack(blocks, order);
    if (packing.peakBytes() < best.peakBytes()) {
      best = packing;
    }
    return packing;
  }
}
