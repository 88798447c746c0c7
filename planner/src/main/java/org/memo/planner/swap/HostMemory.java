package org.memo.planner.swap;

/**
 * The main memory of a node, which its ranks share.
 *
 * @param nodeBytes memory of the node
 * @param ranksPerNode how many ranks swap into it
 * @param reservedBytes left to the operating system and to whatever else runs on the node
 * @param fixedBytesPerRank what each rank pins whatever is swapped: its inputs, for instance
 */
public record HostMemory(
    long nodeBytes, int ranksPerNode, long reservedBytes, long fixedBytesPerRank) {

  /**
   * @throws IllegalArgumentException if a size is negative or there is no rank
   */
  public HostMemory {
    if (nodeBytes < 0 || reservedBytes < 0 || fixedBytesPerRank < 0 || ranksPerNode < 1) {
      throw new IllegalArgumentException(
          ("a node has %d bytes, %d reserved, %d ranks and %d fixed bytes per rank; there must be a"
                  + " rank, and no size may be negative")
              .formatted(nodeBytes, reservedBytes, ranksPerNode, fixedBytesPerRank));
    }
  }

  /** A rank's own memory, shared with nobody. */
  public static HostMemory ofRank(long bytes) {
    return new HostMemory(bytes, 1, 0, 0);
  }

  /** What one rank may fill with activations; 0 if the fixed costs take everything. */
  public long activationBytesPerRank() {
    long shared = Math.max(0, nodeBytes - reservedBytes);
    return Math.max(0, shared / ranksPerNode - fixedBytesPerRank);
  }
}
