package org.memo.collective;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.memo.op.HeadLayout;

/**
 * Heads side by side both in a rank's local row and in the whole row.
 *
 * @param wholeHead {@link HeadLayout#VIRTUAL} where these heads are not in the whole row
 * @param add whether the whole row has these heads already, from another copy
 */
public record HeadMove(int localHead, int wholeHead, int heads, boolean add) {

  /**
   * The moves of a local row.
   *
   * @param wholeHeads of each local head
   * @param written the heads that the whole row has already; these are added
   */
  public static List<HeadMove> of(int[] wholeHeads, BitSet written) {
    List<HeadMove> moves = new ArrayList<>();
    for (int head = 0; head < wholeHeads.length; head++) {
      boolean isVirtual = wholeHeads[head] == HeadLayout.VIRTUAL;
      boolean add = !isVirtual && written.get(wholeHeads[head]);
      HeadMove move = new HeadMove(head, wholeHeads[head], 1, add);
      if (!moves.isEmpty() && moves.getLast().isBefore(move)) {
        moves.set(moves.size() - 1, moves.getLast().withOneMore());
      } else {
        moves.add(move);
      }
      if (!isVirtual) {
        written.set(wholeHeads[head]);
      }
    }
    return moves;
  }

  /** Whether these heads are not in the whole row. */
  public boolean isVirtual() {
    return wholeHead == HeadLayout.VIRTUAL;
  }

  private boolean isBefore(HeadMove next) {
    int expected = isVirtual() ? HeadLayout.VIRTUAL : wholeHead + heads;
    return next.wholeHead == expected && next.add == add;
  }

  private HeadMove withOneMore() {
    return new HeadMove(localHead, wholeHead, heads + 1, add);
  }
}
