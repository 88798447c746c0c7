package org.memo.planner.allocation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Families of problems whose optimum is known though no heuristic finds it. */
public final class HardProblems {

  private HardProblems() {}

  private record Piece(long lower, long upper, long bottom, long top) {

    long area() {
      return (upper - lower) * (top - bottom);
    }
  }

  /**
   * A slab cut into buffers, each cut through a whole piece: along time or between two addresses.
   * The slab is full at every moment, so its height is the optimum and the lower bound.
   */
  public static Problem guillotine(Random random, int count, long endOfTime, long heightBytes) {
    List<Piece> pieces = new ArrayList<>();
    pieces.add(new Piece(0, endOfTime, 0, heightBytes));
    while (pieces.size() < count) {
      cutOne(random, pieces);
    }
    long[][] rows =
        pieces.stream()
            .map(piece -> new long[] {piece.lower, piece.upper, piece.top - piece.bottom})
            .toArray(long[][]::new);
    return Problems.of(1, rows);
  }

  /** Cuts the larger of two pieces, if it is not too small. */
  private static void cutOne(Random random, List<Piece> pieces) {
    int a = random.nextInt(pieces.size());
    int b = random.nextInt(pieces.size());
    int chosen = pieces.get(a).area() > pieces.get(b).area() ? a : b;
    Piece piece = pieces.get(chosen);
    boolean alongTime = random.nextBoolean();
    long length = alongTime ? piece.upper - piece.lower : piece.top - piece.bottom;
    if (length < 2) {
      return;
    }
    long cut = 1 + random.nextLong(length - 1);
    pieces.remove(chosen);
    if (alongTime) {
      pieces.add(new Piece(piece.lower, piece.lower + cut, piece.bottom, piece.top));
      pieces.add(new Piece(piece.lower + cut, piece.upper, piece.bottom, piece.top));
    } else {
      pieces.add(new Piece(piece.lower, piece.upper, piece.bottom, piece.bottom + cut));
      pieces.add(new Piece(piece.lower, piece.upper, piece.bottom + cut, piece.top));
    }
  }
}
