package org.memo.planner.allocation.bilevel;

import java.util.ArrayList;
import java.util.List;
import org.memo.planner.allocation.Problem;
import org.memo.planner.allocation.bilevel.PassShape.Step;
import org.memo.planner.trace.TensorLife;

/**
 * The tensors of a {@link PassProblem} in the time of the pass, where request i is made at moment
 * i.
 */
final class PassPieces {

  /** Where a tensor may lie. */
  enum Edge {
    NONE,
    BOTTOM,
    TOP
  }

  /**
   * A tensor.
   *
   * @param position of the request that stands for it in the {@link PassPlan}
   * @param edge to which it is pinned
   * @param distanceBytes how far from that edge its near side is
   */
  record Piece(int position, TensorLife life, Edge edge, long distanceBytes) {
    Block block() {
      return Block.of(life.lower(), life.upper(), life.sizeBytes());
    }

    boolean meets(Piece other) {
      return edge == other.edge
          && life.overlaps(other.life)
          && distanceBytes < other.reachBytes()
          && other.distanceBytes < reachBytes();
    }

    /** From the edge to its far side. */
    long reachBytes() {
      return distanceBytes + life.sizeBytes();
    }
  }

  private final List<Step> steps;
  private final List<Piece> inner = new ArrayList<>();
  private final List<Piece> pinned = new ArrayList<>();

  PassPieces(PassProblem problem) {
    steps = problem.shape().steps();
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i).isBirthOfInner()) {
        inner.add(new Piece(i, life(i), Edge.NONE, 0));
      }
    }
    pin(problem.incoming().rising(), Edge.BOTTOM);
    pin(problem.incoming().sinking(), Edge.TOP);
    pin(problem.outgoing().rising(), Edge.TOP);
    pin(problem.outgoing().sinking(), Edge.BOTTOM);
  }

  private void pin(List<Integer> positions, Edge edge) {
    long distanceBytes = 0;
    for (int position : positions) {
      boolean freedAtOnce = position == 0 && !steps.get(position).birth();
      if (!freedAtOnce) {
        pinned.add(new Piece(position, life(position), edge, distanceBytes));
      }
      distanceBytes += steps.get(position).roomBytes();
    }
  }

  private TensorLife life(int position) {
    Step step = steps.get(position);
    int other = step.partner();
    int lower = step.birth() ? position : 0;
    int upper = !step.birth() ? position : other == PassShape.OUTSIDE ? steps.size() : other;
    return new TensorLife("request " + position, lower, upper, step.roomBytes());
  }

  /** Born and freed in the pass. */
  List<Piece> inner() {
    return inner;
  }

  /** What other passes see; without what the first request frees. */
  List<Piece> pinned() {
    return pinned;
  }

  /** Whether tensors that are pinned to one edge share room, so that there is no plan at all. */
  boolean contradict() {
    return pinned.stream()
        .anyMatch(piece -> pinned.stream().anyMatch(other -> piece != other && piece.meets(other)));
  }

  /** Inner tensors, then pinned ones. */
  List<Piece> all() {
    List<Piece> all = new ArrayList<>(inner);
    all.addAll(pinned);
    return all;
  }

  /** All tensors, in the order of {@link #all}. */
  Problem problem() {
    return new Problem(all().stream().map(Piece::life).toList(), 1);
  }
}
