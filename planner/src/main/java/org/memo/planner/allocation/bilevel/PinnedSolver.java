package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.memo.planner.allocation.GreedySolver.Fit;
import org.memo.planner.allocation.Solution;
import org.memo.planner.allocation.bilevel.BlockPacker.Packing;
import org.memo.planner.allocation.bilevel.PassPieces.Edge;
import org.memo.planner.allocation.bilevel.PassPieces.Piece;

/**
 * Plans a pass some of whose tensors are pinned to the bottom or the top: first by the greedy
 * orders, then by a search, and if the lower bound cannot be had, as low as one order can.
 */
final class PinnedSolver {

  /**
   * A plan.
   *
   * @param solution in the order of {@link PassPieces#all}
   * @param heightBytes where the top is to which tensors are pinned
   */
  record Pinned(Solution solution, long heightBytes) {}

  private final PassPieces pieces;
  private final List<Block> inner;

  private PinnedSolver(PassPieces pieces) {
    this.pieces = pieces;
    this.inner = pieces.inner().stream().map(Piece::block).toList();
  }

  /** The lowest plan found. */
  static Pinned solve(PassPieces pieces, long lowerBoundBytes) {
    PinnedSolver solver = new PinnedSolver(pieces);
    long heightBytes = Math.max(lowerBoundBytes, solver.heightOverTop(solver.withBottom()));
    return solver.within(heightBytes).orElseGet(solver::asHighAsNeedBe);
  }

  private Optional<Pinned> within(long heightBytes) {
    List<Block> fixed = new ArrayList<>();
    pieces.pinned().forEach(piece -> fixed.add(piece.block().movedBy(base(piece, heightBytes))));
    Packing packing = BlockSolver.byOrders(fixed, inner, heightBytes);
    return packing.peakBytes() <= heightBytes
        ? Optional.of(pinned(packing.basesBytes(), heightBytes))
        : PinnedSearch.within(fixed, inner, heightBytes).map(bases -> pinned(bases, heightBytes));
  }

  /** What is pinned to the top goes where it is clear of all others. */
  private Pinned asHighAsNeedBe() {
    BlockPacker packer = withBottom();
    int[] order = BlockOrder.sequence(inner, BlockOrder.HEIGHT.demands(inner));
    Packing packing = packer.pack(inner, order);
    return pinned(packing.basesBytes(), Math.max(packing.peakBytes(), heightOverTop(packer)));
  }

  private BlockPacker withBottom() {
    BlockPacker packer = new BlockPacker(Fit.LOWEST);
    pieces.pinned().stream()
        .filter(piece -> piece.edge() == Edge.BOTTOM)
        .forEach(piece -> packer.fix(piece.block().movedBy(piece.distanceBytes())));
    return packer;
  }

  /** The least height at which nothing pinned to the top meets what is placed already. */
  private long heightOverTop(BlockPacker others) {
    return pieces.pinned().stream()
        .filter(piece -> piece.edge() == Edge.TOP)
        .mapToLong(piece ->
            others.peakBytes(piece.life().lower(), piece.life().upper()) + piece.reachBytes())
        .reduce(others.peakBytes(), Math::max);
  }

  private Pinned pinned(long[] innerBases, long heightBytes) {
    List<Long> offsets = new ArrayList<>();
    for (long base : innerBases) {
      offsets.add(base);
    }
    pieces.pinned().forEach(piece -> offsets.add(base(piece, heightBytes)));
    return new Pinned(Solution.of(pieces.problem(), offsets), heightBytes);
  }

  private static long base(Piece piece, long heightBytes) {
    return piece.edge() == Edge.TOP ? heightBytes - piece.reachBytes() : piece.distanceBytes();
  }
}
