package org.memo.collective;

import java.util.List;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.planner.cost.ElementType;

/**
 * Calls that all ranks of a block make together, in the same order and with equal sizes. Each
 * queues its work on the channel's stream and may return before it is done.
 */
public interface GpuChannel {
  /** This rank's number in the block, from 0. */
  int rank();

  /** The size of the block. */
  int ranks();

  /**
   * Makes the calls of one operation.
   *
   * @param operation for messages: what this rank was doing
   */
  void run(String operation, Runnable calls);

  /** {@link org.memo.op.AllGather}; the shard may lie in the whole where it belongs. */
  void allGather(DeviceAddress shard, DeviceAddress whole, long shardBytes);

  /** {@link org.memo.op.ReduceScatter} that does not accumulate. */
  void reduceScatter(
      DeviceAddress whole, DeviceAddress shard, long shardElements, ElementType type);

  /** {@link org.memo.op.AllReduce}. */
  void allReduce(DeviceAddress values, long elements, ElementType type);

  /** {@link org.memo.op.AllReduceDoubles}. */
  void allReduceDoubles(DeviceAddress values, long elements);

  /** {@link org.memo.op.Broadcast}. */
  void broadcast(DeviceAddress bytes, long sizeBytes);

  /** Sends and receives at once, so that no order of them can hang. */
  void exchange(List<Part> sent, List<Part> received);

  /**
   * Bytes for, or from, another rank.
   *
   * @param rank of the block
   */
  record Part(int rank, DeviceAddress address, long sizeBytes) {}
}
