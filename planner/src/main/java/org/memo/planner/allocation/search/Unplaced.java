package org.memo.planner.allocation.search;

/**
 * The buffers not yet placed at each moment, and how high they would stack. Removals are taken back
 * in the opposite order, which then costs no search.
 */
final class Unplaced {

  private static final int BLOCK_BITS = 4;

  private final Boxes boxes;
  private final int[] listStart; // by moment, into members
  private final int[] listSize;
  private final int[] members;
  private final int[] entryStart; // by buffer, into entries
  private final int[] entries; // where in members a buffer stands at its k-th moment
  private final long[] heightSum;
  private final long[] fullest; // by block of moments, the greatest height sum
  private final boolean[] isPlaced;

  Unplaced(Boxes boxes) {
    this.boxes = boxes;
    listStart = new int[boxes.moments + 1];
    listSize = new int[boxes.moments];
    heightSum = new long[boxes.moments];
    isPlaced = new boolean[boxes.count];
    fullest = new long[(boxes.moments >> BLOCK_BITS) + 1];
    entryStart = new int[boxes.count + 1];
    for (int buffer = 0; buffer < boxes.count; buffer++) {
      entryStart[buffer + 1] = entryStart[buffer] + boxes.last[buffer] - boxes.first[buffer] + 1;
      for (int moment = boxes.first[buffer]; moment <= boxes.last[buffer]; moment++) {
        listStart[moment + 1]++;
      }
    }
    for (int moment = 0; moment < boxes.moments; moment++) {
      listStart[moment + 1] += listStart[moment];
    }
    members = new int[entryStart[boxes.count]];
    entries = new int[entryStart[boxes.count]];
    for (int buffer = 0; buffer < boxes.count; buffer++) {
      fill(buffer);
    }
    findFullest(0, boxes.moments - 1);
  }

  private void fill(int buffer) {
    for (int moment = boxes.first[buffer]; moment <= boxes.last[buffer]; moment++) {
      put(buffer, moment, listStart[moment] + listSize[moment]++);
      heightSum[moment] += boxes.height[buffer];
    }
  }

  /** Where the list of a moment begins, for {@link #at}. */
  int begin(int moment) {
    return listStart[moment];
  }

  /** Where the list of a moment ends. */
  int end(int moment) {
    return listStart[moment] + listSize[moment];
  }

  /** The buffer at an index between begin and end. */
  int at(int index) {
    return members[index];
  }

  /** The sum of the heights of a moment's list. */
  long heightSum(int moment) {
    return heightSum[moment];
  }

  /** The greatest height sum of the block of moments that holds this one. */
  long fullestOfBlock(int moment) {
    return fullest[moment >> BLOCK_BITS];
  }

  /** The first moment of the block after that which holds this one. */
  static int nextBlock(int moment) {
    return ((moment >> BLOCK_BITS) + 1) << BLOCK_BITS;
  }

  /** Whether a buffer is not placed. */
  boolean contains(int buffer) {
    return !isPlaced[buffer];
  }

  void remove(int buffer) {
    isPlaced[buffer] = true;
    for (int moment = boxes.first[buffer]; moment <= boxes.last[buffer]; moment++) {
      int index = entries[entryStart[buffer] + moment - boxes.first[buffer]];
      int lastIndex = listStart[moment] + --listSize[moment];
      put(members[lastIndex], moment, index);
      put(buffer, moment, lastIndex);
      heightSum[moment] -= boxes.height[buffer];
    }
    findFullest(boxes.first[buffer], boxes.last[buffer]);
  }

  /** Takes the latest removal back, which was of this buffer. */
  void restore(int buffer) {
    isPlaced[buffer] = false;
    for (int moment = boxes.first[buffer]; moment <= boxes.last[buffer]; moment++) {
      listSize[moment]++;
      heightSum[moment] += boxes.height[buffer];
      int block = moment >> BLOCK_BITS;
      fullest[block] = Math.max(fullest[block], heightSum[moment]);
    }
  }

  private void findFullest(int first, int last) {
    for (int block = first >> BLOCK_BITS; block <= last >> BLOCK_BITS; block++) {
      int end = Math.min((block + 1) << BLOCK_BITS, boxes.moments);
      long greatest = 0;
      for (int moment = block << BLOCK_BITS; moment < end; moment++) {
        greatest = Math.max(greatest, heightSum[moment]);
      }
      fullest[block] = greatest;
    }
  }

  private void put(int buffer, int moment, int index) {
    members[index] = buffer;
    entries[entryStart[buffer] + moment - boxes.first[buffer]] = index;
  }
}
