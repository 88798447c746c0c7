package org.memo.data;

/** The order in which the windows of an epoch are taken. */
public enum DataOrder {
  /** The first window of the first file first. */
  SEQUENTIAL,
  /** A new permutation each epoch, determined by the seed. */
  SHUFFLED
}
