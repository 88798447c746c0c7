package org.memo.plan;

import org.memo.planner.cost.CostModel;
import org.memo.planner.cost.Hardware;

/**
 * The devices that a job is planned for: {@code gpus} of them on equal nodes.
 *
 * @param gpus on all nodes
 * @param nodes that share them equally
 * @param deviceBytesPerGpu that a slab may use
 * @param hostBytesPerNode that the pinned pools of a node's ranks may use together
 */
public record Cluster(
    Hardware hardware, int gpus, int nodes, long deviceBytesPerGpu, long hostBytesPerNode) {

  public Cluster {
    if (gpus < 1 || nodes < 1 || gpus % nodes != 0 || gpus / nodes > hardware.gpusPerNode()) {
      throw new IllegalArgumentException(
          "%d GPUs on %d nodes: each node must have as many, 1 to %d of %s"
              .formatted(gpus, nodes, hardware.gpusPerNode(), hardware.name()));
    }
  }

  /** As few nodes as hold so many GPUs, with all the memory they have. */
  public static Cluster of(Hardware hardware, int gpus) {
    return new Cluster(
        hardware,
        gpus,
        nodesFor(hardware, gpus),
        hardware.usableDeviceBytes(),
        (long) hardware.hostMemoryBytes().value());
  }

  /** As few nodes as hold so many GPUs. */
  public static int nodesFor(Hardware hardware, int gpus) {
    return Math.ceilDiv(gpus, hardware.gpusPerNode());
  }

  public int gpusPerNode() {
    return gpus / nodes;
  }

  /** What work costs there. */
  public CostModel costs() {
    return new CostModel(hardware, gpusPerNode());
  }

  /** Of one rank. */
  public MemoryLimits limits() {
    return new MemoryLimits(deviceBytesPerGpu, hostBytesPerNode / gpusPerNode(), gpusPerNode());
  }
}
