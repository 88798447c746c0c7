package org.memo.planner.report;

/**
 * How the ranks of a job are arranged: groups with sequences of their own, in each the places of a
 * ring, in each the ranks that share the heads. Neighbours fill nodes one after the other.
 *
 * @param groups D
 * @param places R, of each group
 * @param placeRanks U, of each place
 * @param nodeRanks of a node
 * @param text the same in words
 */
public record RankGrid(int groups, int places, int placeRanks, int nodeRanks, String text) {
  /** Of one rank: nothing is drawn. */
  public static final RankGrid SINGLE = new RankGrid(1, 1, 1, 1, "");

  /** W: all ranks. */
  long ranks() {
    return (long) groups * places * placeRanks;
  }
}
