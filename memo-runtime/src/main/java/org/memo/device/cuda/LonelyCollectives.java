package org.memo.device.cuda;

import org.memo.bindings.cuda.CudaElements;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.device.DeviceRegion;
import org.memo.device.KernelArguments;
import org.memo.op.AllGather;
import org.memo.op.AllReduce;
import org.memo.op.AllReduceDoubles;
import org.memo.op.Barrier;
import org.memo.op.Broadcast;
import org.memo.op.Collective;
import org.memo.op.HeadsToTokens;
import org.memo.op.ReduceScatter;
import org.memo.op.Shift;
import org.memo.op.TokensToHeads;

/** The operations of a group whose only rank this is: what would be exchanged is copied. */
final class LonelyCollectives {
  private final SlabMemory slab;
  private final StreamScratch scratch;

  LonelyCollectives(SlabMemory slab, StreamScratch scratch) {
    this.slab = slab;
    this.scratch = scratch;
  }

  void run(Collective operation) {
    if (operation.ranks() != 1) {
      throw new IllegalArgumentException(
          "%s is over ranks=%d, but this GPU trains alone"
              .formatted(operation.name(), operation.ranks()));
    }
    switch (operation) {
      case AllGather op -> copy(op.shard(), op.whole());
      case ReduceScatter op -> reduceScatter(op);
      case AllReduce op -> slab.at(op.region()); // the only part is the sum
      case AllReduceDoubles op -> slab.at(op.sums());
      case TokensToHeads op -> copy(op.source(), op.target());
      case HeadsToTokens op -> copy(op.source(), op.target());
      case Shift op -> copy(op.source(), op.target());
      case Broadcast op -> slab.at(op.region());
      case Barrier _ -> {}
    }
  }

  private void reduceScatter(ReduceScatter op) {
    if (op.accumulate()) {
      long elements = op.shard().sizeBytes() / op.type().bytes();
      CudaElements.residualAdd(
          KernelArguments.storage(op.type()),
          slab.at(op.shard()),
          slab.at(op.whole()),
          elements,
          scratch.queue());
    } else {
      copy(op.whole(), op.shard());
    }
  }

  /** A shard may lie in the whole where it belongs, which is then all of it. */
  private void copy(DeviceRegion source, DeviceRegion target) {
    if (!source.equals(target) && source.sizeBytes() > 0) {
      CudaMemory.copyOnDevice(
          slab.at(target), slab.at(source), source.sizeBytes(), scratch.stream());
    }
  }
}
