package org.memo.plan;

/**
 * What a rank's step may use.
 *
 * @param deviceBytes of the slab: model states, activations, everything
 * @param hostBytes of the pinned pool
 * @param ranksPerNode ranks that share a node's host memory, for messages
 */
public record MemoryLimits(long deviceBytes, long hostBytes, int ranksPerNode) {

  /** Of a rank that shares its host memory with nobody. */
  public MemoryLimits(long deviceBytes, long hostBytes) {
    this(deviceBytes, hostBytes, 1);
  }

  MemoryLimits withHostBytes(long bytes) {
    return new MemoryLimits(deviceBytes, bytes, ranksPerNode);
  }

  /** What all ranks of a node take together. */
  long ofNode(long bytesOfRank) {
    return Math.multiplyExact(bytesOfRank, ranksPerNode);
  }
}
