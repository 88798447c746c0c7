package org.memo.parallel.nccl;

import java.util.List;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.bindings.nccl.NcclCommunicator;
import org.memo.bindings.nccl.NcclType;
import org.memo.collective.GpuChannel;
import org.memo.planner.cost.ElementType;

/** A communicator on one stream. */
final class NcclChannel implements GpuChannel {
  private final NcclCommunicator communicator;
  private final CudaStreamHandle stream;
  private final StreamProgress progress;
  private final NcclWatch watch;
  private final int rank;
  private final int ranks;

  NcclChannel(
      NcclCommunicator communicator,
      CudaStreamHandle stream,
      StreamProgress progress,
      NcclWatch watch,
      int rank,
      int ranks) {
    this.communicator = communicator;
    this.stream = stream;
    this.progress = progress;
    this.watch = watch;
    this.rank = rank;
    this.ranks = ranks;
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int ranks() {
    return ranks;
  }

  /** A call may fail because a rank is lost: NCCL does, and communicators are aborted then. */
  @Override
  public void run(String operation, Runnable calls) {
    try {
      progress.run(operation, calls);
    } catch (NativeCallException | IllegalStateException e) {
      throw watch.lost(e);
    }
  }

  @Override
  public void allGather(DeviceAddress shard, DeviceAddress whole, long shardBytes) {
    communicator.allGather(shard, whole, shardBytes, stream);
  }

  @Override
  public void reduceScatter(
      DeviceAddress whole, DeviceAddress shard, long shardElements, ElementType type) {
    communicator.reduceScatter(whole, shard, shardElements, of(type), stream);
  }

  @Override
  public void allReduce(DeviceAddress values, long elements, ElementType type) {
    communicator.allReduce(values, elements, of(type), stream);
  }

  @Override
  public void allReduceDoubles(DeviceAddress values, long elements) {
    communicator.allReduce(values, elements, NcclType.F64, stream);
  }

  @Override
  public void broadcast(DeviceAddress bytes, long sizeBytes) {
    communicator.broadcast(bytes, sizeBytes, 0, stream);
  }

  @Override
  public void exchange(List<Part> sent, List<Part> received) {
    communicator.group(() -> {
      sent.forEach(
          part -> communicator.send(part.address(), part.sizeBytes(), part.rank(), stream));
      received.forEach(
          part -> communicator.receive(part.address(), part.sizeBytes(), part.rank(), stream));
    });
  }

  private static NcclType of(ElementType type) {
    return switch (type) {
      case F32 -> NcclType.F32;
      case BF16 -> NcclType.BF16;
    };
  }
}
