package org.memo.data;

/**
 * The order in which a run takes windows: epoch after epoch, each a permutation of all windows.
 * Needs no memory per window, so that 2^40 windows shuffle as well as ten.
 */
public final class WindowOrder {
  private static final int ROUNDS = 8;

  private final DataOrder order;
  private final long count;
  private final long seed;

  /** Width of each half of a shuffled index; 2^(2*halfBits) is at least count, below 4*count. */
  private final int halfBits;

  /**
   * The order of {@code count} windows.
   *
   * @param seed decides the shuffled order; equal seeds give equal orders on every machine
   */
  public WindowOrder(DataOrder order, long count, long seed) {
    if (count < 1) {
      throw new IllegalArgumentException("count=" + count);
    }
    this.order = order;
    this.count = count;
    this.seed = seed;
    this.halfBits = (64 - Long.numberOfLeadingZeros(count - 1) + 1) / 2;
  }

  /** The window that the run takes at an index counted from 0; it may go on into later epochs. */
  public long windowAt(long index) {
    long epoch = index / count;
    long withinEpoch = index % count;
    return switch (order) {
      case SEQUENTIAL -> withinEpoch;
      case SHUFFLED -> shuffled(withinEpoch, mix(mix(seed) + epoch));
    };
  }

  /** Permutes [0, 2^(2*halfBits)) until the image is a window: under 4 turns on average. */
  private long shuffled(long index, long epochKey) {
    long image = index;
    do {
      image = feistel(image, epochKey);
    } while (image >= count);
    return image;
  }

  private long feistel(long index, long epochKey) {
    long mask = (1L << halfBits) - 1;
    long left = index >>> halfBits;
    long right = index & mask;
    for (int round = 0; round < ROUNDS; round++) {
      long next = left ^ (mix(epochKey + round * 0x9e3779b97f4a7c15L + right) & mask);
      left = right;
      right = next;
    }
    return (left << halfBits) | right;
  }

  /** The finaliser of SplitMix64: each input bit flips each output bit about half the time. */
  private static long mix(long bits) {
    bits = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
    bits = (bits ^ (bits >>> 27)) * 0x94d049bb133111ebL;
    return bits ^ (bits >>> 31);
  }
}
