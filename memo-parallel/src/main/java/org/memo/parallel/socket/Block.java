package org.memo.parallel.socket;

import java.util.stream.IntStream;

/**
 * Consecutive ranks of the group that have a channel together. A rank's number is its place among
 * them.
 *
 * @param stream the channel's name
 * @param first the group's rank that is number 0
 * @param ranks of the block
 * @param mine this rank's number
 */
record Block(String stream, int first, int ranks, int mine) {
  static Block of(String stream, int rank, int ranks) {
    return new Block(stream, rank / ranks * ranks, ranks, rank % ranks);
  }

  /** The group's rank of a number. */
  int rank(int number) {
    return first + number;
  }

  /** The numbers of the other ranks, in order. */
  IntStream others() {
    return IntStream.range(0, ranks).filter(number -> number != mine);
  }
}
