package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
import java.util.List;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.bilevel.PassShape.Step;
import org.memo.planner.trace.TensorLife;

/**
 * The tensors of a {@link PassProblem} in the time of the pass, where request i is made at moment
 * i.
 *
 * @param inner born and freed in the pass
 * @param incoming from the lowest up; without those that the first request frees
 * @param outgoing from the highest down
 * @param incomingBytes height of the stack of incoming tensors
 * @param outgoingBytes height of the stack of outgoing tensors
 */
record PassPieces(
    List<Piece> inner,
    List<Piece> incoming,
    List<Piece> outgoing,
    long incomingBytes,
    long outgoingBytes) {

  /**
   * A tensor.
   *
   * @param position of the request that stands for it in the {@link PassPlan}
   * @param stackBytes how far from the bottom (incoming) or from the top (outgoing) its near edge
   *     is pinned; 0 for inner tensors, which are not pinned
   */
  record Piece(int position, TensorLife life, long stackBytes) {
    Block block() {
      return Block.of(life.lower(), life.upper(), life.sizeBytes());
    }
  }

  static PassPieces of(PassProblem problem) {
    List<Step> steps = problem.shape().steps();
    List<Piece> inner = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i).isBirthOfInner()) {
        inner.add(new Piece(i, life(i, steps.get(i).partner(), steps.get(i)), 0));
      }
    }
    List<Piece> incoming = new ArrayList<>();
    long incomingBytes = 0;
    for (int position : problem.incoming()) {
      if (position > 0) {
        incoming.add(new Piece(position, life(0, position, steps.get(position)), incomingBytes));
      }
      incomingBytes += steps.get(position).roomBytes();
    }
    List<Piece> outgoing = new ArrayList<>();
    long outgoingBytes = 0;
    for (int position : problem.outgoing()) {
      TensorLife life = life(position, steps.size(), steps.get(position));
      outgoing.add(new Piece(position, life, outgoingBytes));
      outgoingBytes += life.sizeBytes();
    }
    return new PassPieces(inner, incoming, outgoing, incomingBytes, outgoingBytes);
  }

  List<Piece> all() {
    List<Piece> all = new ArrayList<>(inner);
    all.addAll(incoming);
    all.addAll(outgoing);
    return all;
  }

  /** All tensors, in the order of {@link #all}. */
  Problem problem() {
    return new Problem(all().stream().map(Piece::life).toList(), 1);
  }

  private static TensorLife life(int lower, int upper, Step step) {
    return new TensorLife("request " + lower, lower, upper, step.roomBytes());
  }
}
