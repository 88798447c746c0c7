package org.memo.device.simulated;

import java.util.Arrays;

/** How far each stream is known to have come, streams being counted from 0. */
final class VectorClock {
  private long[] times;

  VectorClock() {
    this(new long[4]);
  }

  private VectorClock(long[] times) {
    this.times = times;
  }

  long at(int stream) {
    return stream < times.length ? times[stream] : 0;
  }

  /** Moves a stream on by one; returns its new time. */
  long tick(int stream) {
    grow(stream + 1);
    return ++times[stream];
  }

  /** Adds all that the other clock knows. */
  void join(VectorClock other) {
    grow(other.times.length);
    for (int i = 0; i < other.times.length; i++) {
      times[i] = Math.max(times[i], other.times[i]);
    }
  }

  VectorClock copy() {
    return new VectorClock(times.clone());
  }

  private void grow(int length) {
    if (length > times.length) {
      times = Arrays.copyOf(times, length);
    }
  }
}
