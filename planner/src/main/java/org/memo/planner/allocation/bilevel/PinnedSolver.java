package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.memo.planner.allocation.GreedySolver.Fit;
import org.memo.planner.allocation.Solution;
import org.memo.planner.allocation.bilevel.BlockPacker.Packing;
import org.memo.planner.allocation.bilevel.PassPieces.Piece;

/**
 * Plans a pass whose incoming tensors are pinned to the bottom and whose outgoing ones are pinned
 * to the top: first by the greedy orders, then by a search, and if the lower bound cannot be had,
 * as low as the orders can.
 */
final class PinnedSolver {

  private final PassPieces pieces;
  private final List<Block> inner;

  private PinnedSolver(PassPieces pieces) {
    this.pieces = pieces;
    this.inner = pieces.inner().stream().map(Piece::block).toList();
  }

  /** The lowest plan found, in the order of {@link PassPieces#all}. */
  static Solution solve(PassPieces pieces, long lowerBoundBytes) {
    PinnedSolver solver = new PinnedSolver(pieces);
    long heightBytes = Math.max(lowerBoundBytes, solver.heightOfPinned());
    return solver
        .within(heightBytes)
        .or(() ->
            PinnedSearch.within(solver.fixedTo(heightBytes), solver.inner, heightBytes)
                .map(bases -> solver.solution(bases, heightBytes)))
        .orElseGet(solver::asHighAsNeedBe);
  }

  private Optional<Solution> within(long heightBytes) {
    Packing packing = BlockSolver.byOrders(fixedTo(heightBytes), inner, heightBytes);
    return packing.peakBytes() <= heightBytes
        ? Optional.of(solution(packing.basesBytes(), heightBytes))
        : Optional.empty();
  }

  /** Outgoing tensors go where they are clear of all others. */
  private Solution asHighAsNeedBe() {
    BlockPacker packer = new BlockPacker(Fit.LOWEST);
    fixIncoming(packer);
    Packing packing =
        packer.pack(inner, BlockOrder.sequence(inner, BlockOrder.HEIGHT.demands(inner)));
    return solution(packing.basesBytes(), Math.max(packing.peakBytes(), heightOfOutgoing(packer)));
  }

  /** What the pinned tensors take by themselves: some are alive together. */
  private long heightOfPinned() {
    BlockPacker packer = new BlockPacker(Fit.LOWEST);
    fixIncoming(packer);
    long stackBytes = Math.max(pieces.incomingBytes(), pieces.outgoingBytes());
    return Math.max(stackBytes, heightOfOutgoing(packer));
  }

  private void fixIncoming(BlockPacker packer) {
    pieces.incoming().forEach(piece -> packer.fix(piece.block().movedBy(piece.stackBytes())));
  }

  private long heightOfOutgoing(BlockPacker others) {
    return pieces.outgoing().stream()
        .mapToLong(piece ->
            others.peakBytes(piece.life().lower(), piece.life().upper())
                + piece.stackBytes()
                + piece.life().sizeBytes())
        .max()
        .orElse(0);
  }

  /** The pinned tensors, at their addresses in a block of this height. */
  private List<Block> fixedTo(long heightBytes) {
    List<Block> fixed = new ArrayList<>();
    pieces.incoming().forEach(piece -> fixed.add(piece.block().movedBy(piece.stackBytes())));
    pieces
        .outgoing()
        .forEach(piece -> fixed.add(piece.block().movedBy(hanging(piece, heightBytes))));
    return fixed;
  }

  private Solution solution(long[] innerBases, long heightBytes) {
    List<Long> offsets = new ArrayList<>();
    for (long base : innerBases) {
      offsets.add(base);
    }
    pieces.incoming().forEach(piece -> offsets.add(piece.stackBytes()));
    pieces.outgoing().forEach(piece -> offsets.add(hanging(piece, heightBytes)));
    return Solution.of(pieces.problem(), offsets);
  }

  private static long hanging(Piece piece, long heightBytes) {
    return heightBytes - piece.stackBytes() - piece.life().sizeBytes();
  }
}
