package org.memo.planner.allocation.search;

/**
 * Sets of unplaced buffers, with all that is known of each, that were searched in vain. A state is
 * known by 128 bits; there is room for so many, and a new one takes the place of an old one.
 */
final class FailedStates {

  private static final int SLOT_BITS = 17;

  private final long[] firstKeys = new long[1 << SLOT_BITS];
  private final long[] secondKeys = new long[1 << SLOT_BITS];

  /** A state's 128 bits. */
  record Key(long first, long second) {

    private int slot() {
      return (int) (first >>> (Long.SIZE - SLOT_BITS));
    }
  }

  /** The key of the unplaced buffers in a part of an array, in whichever order they come. */
  static Key keyOf(PartialPlacement placement, Unplaced unplaced, int[] buffers, int from, int to) {
    long first = 0;
    long second = 0;
    for (int i = from; i < to; i++) {
      if (unplaced.contains(buffers[i])) {
        long bits = mixed(placement.stateOf(buffers[i]) ^ mixed(buffers[i] + 1));
        first += bits;
        second += mixed(bits);
      }
    }
    return new Key(first, second);
  }

  boolean contains(Key key) {
    return firstKeys[key.slot()] == key.first && secondKeys[key.slot()] == key.second;
  }

  void add(Key key) {
    firstKeys[key.slot()] = key.first;
    secondKeys[key.slot()] = key.second;
  }

  /** Every bit of the result depends on every bit of the argument, and none is lost. */
  private static long mixed(long bits) {
    long a = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
    long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
    return b ^ (b >>> 31);
  }
}
