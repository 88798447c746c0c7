package org.memo.parallel;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Heads side by side both in a rank's local row and in the whole row.
 *
 * @param add whether the whole row has these heads already, from another copy
 */
record HeadMove(int localHead, int wholeHead, int heads, boolean add) {

  /**
   * The moves of a local row.
   *
   * @param wholeHeads of each local head
   * @param written the heads that the whole row has already; these are added
   */
  static List<HeadMove> of(int[] wholeHeads, BitSet written) {
    List<HeadMove> moves = new ArrayList<>();
    int first = 0;
    for (int head = 0; head < wholeHeads.length; head = first) {
      boolean add = written.get(wholeHeads[head]);
      do {
        written.set(wholeHeads[first++]);
      } while (first < wholeHeads.length
          && wholeHeads[first] == wholeHeads[first - 1] + 1
          && written.get(wholeHeads[first]) == add);
      moves.add(new HeadMove(head, wholeHeads[head], first - head, add));
    }
    return moves;
  }
}
