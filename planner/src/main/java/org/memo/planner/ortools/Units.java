package org.memo.planner.ortools;

import org.memo.planner.allocation.Problem;
import org.memo.planner.trace.TensorLife;

/**
 * The largest numbers of bytes that solvers can count a problem in.
 *
 * @param offsetBytes what all rooms are multiples of: pushed down as far as it goes, each buffer of
 *     any solution comes to lie at a sum of rooms
 * @param endBytes what all rooms and all sizes are multiples of, and so each buffer's end
 */
record Units(long offsetBytes, long endBytes) {

  /** The units of a problem with at least one buffer. */
  static Units of(Problem problem) {
    long rooms = 0;
    long ends = 0;
    for (int i = 0; i < problem.size(); i++) {
      TensorLife buffer = problem.buffers().get(i);
      rooms = gcd(rooms, problem.roomBytes(i));
      ends = gcd(gcd(ends, problem.roomBytes(i)), buffer.sizeBytes());
    }
    return new Units(rooms, ends);
  }

  private static long gcd(long a, long b) {
    return b == 0 ? a : gcd(b, a % b);
  }
}
