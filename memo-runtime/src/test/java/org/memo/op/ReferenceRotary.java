package org.memo.op;

/** Rotary position embedding of one head, the halves convention, in double precision. */
final class ReferenceRotary {
  private ReferenceRotary() {}

  /** Rotates the pair (d, d + D/2) by {@code direction * angles[d]}. */
  static double[] rotate(double[] head, double[] angles, int direction) {
    int half = angles.length;
    double[] rotated = new double[head.length];
    for (int d = 0; d < half; d++) {
      double cosine = Math.cos(angles[d]);
      double sine = direction * Math.sin(angles[d]);
      rotated[d] = head[d] * cosine - head[d + half] * sine;
      rotated[d + half] = head[d + half] * cosine + head[d] * sine;
    }
    return rotated;
  }
}
