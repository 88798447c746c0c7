package org.memo.planner.cost;

/**
 * Seconds of work on one of several equal, symmetric devices. Every cost grows with every size that
 * it takes, and contains the latency of starting it.
 *
 * @param hardware what the devices are
 * @param ranksPerNode devices of a node that work: they copy at the same time
 */
public record CostModel(Hardware hardware, int ranksPerNode) {
  /** Products of attention for each scored pair and element of a head, a multiply-add each. */
  private static final double FORWARD_FLOPS = 4;

  /** Five products, of which one computes the scores again. */
  private static final double BACKWARD_FLOPS = 10;

  /**
   * @throws IllegalArgumentException if a node does not have so many devices
   */
  public CostModel {
    if (ranksPerNode < 1 || ranksPerNode > hardware.gpusPerNode()) {
      throw new IllegalArgumentException(
          "%d ranks per node; %s has 1 to %d devices per node"
              .formatted(ranksPerNode, hardware.name(), hardware.gpusPerNode()));
    }
  }

  /** A product of {@code [m, k]} and {@code [k, n]}; sums are kept in registers. */
  public double productSeconds(ElementType type, long m, long n, long k) {
    if (m == 0 || n == 0) {
      return hardware.launchSeconds().value();
    }
    double elements = (double) m * k + (double) k * n + (double) m * n;
    double compute = k == 0 ? 0 : hardware.matrixRate(type).seconds(m, n, k);
    double memory = elements * type.bytes() / memoryBytesPerSecond("");
    return hardware.launchSeconds().value() + Math.max(compute, memory);
  }

  /**
   * Attention forward, computed in blocks that never leave the chip.
   *
   * @param scoredPairs (query, key) pairs under the mask, of one head
   * @param queries tokens that attend, over all sequences
   */
  public double attentionForwardSeconds(
      ElementType type, double scoredPairs, long queries, long heads, long headSize) {
    if (scoredPairs == 0) {
      return hardware.launchSeconds().value();
    }
    double rate =
        hardware.attentionRate(type).forwardFlops(headSize, causalLength(scoredPairs, queries));
    return hardware.launchSeconds().value() + FORWARD_FLOPS * scoredPairs * heads * headSize / rate;
  }

  /** Attention backward, with the scores computed again; as {@link #attentionForwardSeconds}. */
  public double attentionBackwardSeconds(
      ElementType type, double scoredPairs, long queries, long heads, long headSize) {
    if (scoredPairs == 0) {
      return hardware.launchSeconds().value();
    }
    double rate =
        hardware.attentionRate(type).backwardFlops(headSize, causalLength(scoredPairs, queries));
    return hardware.launchSeconds().value()
        + BACKWARD_FLOPS * scoredPairs * heads * headSize / rate;
  }

  /** The length of causal sequences in which a query meets so many keys on average. */
  private static double causalLength(double scoredPairs, long queries) {
    return 2 * scoredPairs / queries;
  }

  /**
   * Work that is done when its operands have been moved.
   *
   * @param kind of work; one that the hardware file does not name runs at the general rate
   * @param bytes read and written
   */
  public double memoryBoundSeconds(String kind, double bytes) {
    return hardware.launchSeconds().value() + bytes / memoryBytesPerSecond(kind);
  }

  private double memoryBytesPerSecond(String kind) {
    return hardware.memory().bytesPerSecond(kind);
  }

  /** A copy between device and host while all ranks of the node copy. */
  public double copySeconds(CopyDirection direction, long bytes, boolean otherDirectionBusy) {
    double rate = copyBytesPerSecond(direction);
    double share = otherDirectionBusy ? hardware.copies().bothDirectionsFraction().value() : 1;
    return hardware.copies().latencySeconds().value() + bytes / (rate * share);
  }

  /** Bytes per second of a large copy this way, while all ranks of the node copy this way. */
  public double copyBytesPerSecond(CopyDirection direction) {
    return hardware
        .copies()
        .direction(direction)
        .bytesPerSecond(ranksPerNode, hardware.gpusPerNode());
  }

  /**
   * What a group of ranks does together. Rings and trees enter and leave each node through all of
   * its ranks' links; what goes between nodes and what stays inside flow at the same time. Latency
   * grows with the ranks that data passes.
   *
   * @param sentBytes by each rank, to others
   * @param ranks of the group
   * @param groupRanksPerNode how many of them share a node, in the full nodes
   */
  public double collectiveSeconds(
      CollectiveKind kind, double sentBytes, int ranks, int groupRanksPerNode) {
    if (ranks <= 1) {
      return 0;
    }
    int local = Math.min(ranks, groupRanksPerNode);
    boolean crossesNodes = ranks > local;
    LinkRate slowest = crossesNodes ? hardware.interNode() : hardware.intraNode();
    double share = crossesNodes ? interNodeShare(kind, ranks, local) : 0;
    double inside = sentBytes * insideShare(kind, ranks, local) / intraBytesPerSecond();
    double between = sentBytes * share / hardware.interNode().bytesPerSecond();
    return slowest.latencySeconds().value()
        + hopsSeconds(kind, ranks, local)
        + Math.max(inside, between);
  }

  /**
   * What lies between the first rank that data leaves and the last that it reaches: as NCCL's own
   * model counts it, a ring through all ranks; for sums that all get, a chain in each node and a
   * tree over the nodes, up and down.
   */
  private double hopsSeconds(CollectiveKind kind, int ranks, int local) {
    int nodes = Math.ceilDiv(ranks, local);
    return switch (kind) {
      case ALL_GATHER, REDUCE_SCATTER -> hopsSeconds(ranks - nodes, nodes - 1);
      case ALL_REDUCE ->
          2 * hopsSeconds(local - 1, Integer.SIZE - Integer.numberOfLeadingZeros(nodes - 1));
      case ALL_TO_ALL, SEND_RECEIVE -> 0;
    };
  }

  private double hopsSeconds(int inside, int between) {
    return inside * hardware.intraNode().hopSeconds().value()
        + between * hardware.interNode().hopSeconds().value();
  }

  private double intraBytesPerSecond() {
    return hardware.intraNode().bytesPerSecond();
  }

  /** The part of what a rank sends that leaves its node, over this rank's share of the link. */
  private static double interNodeShare(CollectiveKind kind, int ranks, int local) {
    return switch (kind) {
      case ALL_TO_ALL -> (double) (ranks - local) / (ranks - 1);
      case ALL_GATHER, REDUCE_SCATTER, ALL_REDUCE -> (double) (ranks - local) / local / (ranks - 1);
      case SEND_RECEIVE -> 1;
    };
  }

  /** The part of what a rank sends that goes to ranks of its own node. */
  private static double insideShare(CollectiveKind kind, int ranks, int local) {
    return switch (kind) {
      case ALL_TO_ALL -> (double) (local - 1) / (ranks - 1);
      case ALL_GATHER, REDUCE_SCATTER, ALL_REDUCE ->
          (double) (local - 1) / local * ranks / (ranks - 1);
      case SEND_RECEIVE -> local > 1 ? 1 : 0;
    };
  }
}
