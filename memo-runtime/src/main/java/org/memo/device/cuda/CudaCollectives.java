package org.memo.device.cuda;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.memo.bindings.cuda.CudaElements;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.collective.GpuChannel;
import org.memo.collective.GpuChannel.Part;
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
import org.memo.planner.cost.ElementType;

/**
 * The collectives of one stream. A channel is made when the first operation over its number of
 * ranks comes, which is at the same place in the program of every rank; an operation over one rank
 * only copies.
 */
final class CudaCollectives {
  private final String stream;
  private final SlabMemory slab;
  private final StreamScratch scratch;
  private final GpuRanks ranks;
  private final HeadRowsOnGpu heads;
  private final Map<Integer, GpuChannel> channels = new HashMap<>();

  CudaCollectives(String stream, SlabMemory slab, StreamScratch scratch, GpuRanks ranks) {
    this.stream = stream;
    this.slab = slab;
    this.scratch = scratch;
    this.ranks = ranks;
    this.heads = new HeadRowsOnGpu(slab, scratch);
  }

  void run(Collective operation) {
    if (operation.ranks() == 1) {
      runAlone(operation);
      return;
    }
    GpuChannel channel = channels.get(operation.ranks());
    if (channel == null) {
      channel = ranks.channel(stream, operation, scratch.stream());
      channels.put(operation.ranks(), channel);
    }
    ranks.noteBegin(stream, operation);
    GpuChannel found = channel;
    found.run(operation.name(), () -> runWithOthers(operation, found));
  }

  /** All that was queued is done. */
  void noteEnd() {
    if (!channels.isEmpty()) {
      ranks.noteEnd(stream);
    }
  }

  private void runAlone(Collective operation) {
    switch (operation) {
      case AllGather op -> copy(op.shard(), op.whole());
      case ReduceScatter op when op.accumulate() -> addOwnPart(op, 0, op.shard(), op.whole());
      case ReduceScatter op -> copy(op.whole(), op.shard());
      case AllReduce op -> slab.at(op.region()); // the only part is the sum
      case AllReduceDoubles op -> slab.at(op.sums());
      case TokensToHeads op when op.exchange().groups() == 1 -> copy(op.source(), op.target());
      case TokensToHeads op -> heads.gather(op);
      case HeadsToTokens op when op.exchange().groups() == 1 -> copy(op.source(), op.target());
      case HeadsToTokens op -> heads.scatter(op);
      case Shift op -> copy(op.source(), op.target());
      case Broadcast op -> slab.at(op.region());
      case Barrier _ -> {}
    }
  }

  private void runWithOthers(Collective operation, GpuChannel channel) {
    switch (operation) {
      case AllGather op ->
          channel.allGather(slab.at(op.shard()), slab.at(op.whole()), op.shard().sizeBytes());
      case ReduceScatter op -> reduceScatter(op, channel);
      case AllReduce op ->
          channel.allReduce(
              slab.at(op.region()), op.region().sizeBytes() / op.type().bytes(), op.type());
      case AllReduceDoubles op ->
          channel.allReduceDoubles(slab.at(op.sums()), op.sums().sizeBytes() / Double.BYTES);
      case TokensToHeads op -> heads.toHeads(op, channel);
      case HeadsToTokens op -> heads.toTokens(op, channel);
      case Shift op -> shift(op, channel);
      case Broadcast op -> channel.broadcast(slab.at(op.region()), op.region().sizeBytes());
      case Barrier _ -> channel.allReduce(scratch.address(), 1, ElementType.F32);
    }
  }

  /** The whole may be spoiled where it accumulates: what is added to comes in as an addend. */
  private void reduceScatter(ReduceScatter op, GpuChannel channel) {
    if (op.accumulate()) {
      long ownBytes = channel.rank() * op.shard().sizeBytes();
      addOwnPart(op, ownBytes, op.whole(), op.shard());
    }
    long elements = op.shard().sizeBytes() / op.type().bytes();
    channel.reduceScatter(slab.at(op.whole()), slab.at(op.shard()), elements, op.type());
  }

  private void shift(Shift op, GpuChannel channel) {
    if (op.distance() == 0) {
      copy(op.source(), op.target());
      return;
    }
    long sizeBytes = op.source().sizeBytes();
    int to = (channel.rank() + op.distance()) % op.ranks();
    int from = Math.floorMod(channel.rank() - op.distance(), op.ranks());
    channel.exchange(
        List.of(new Part(to, slab.at(op.source()), sizeBytes)),
        List.of(new Part(from, slab.at(op.target()), sizeBytes)));
  }

  /** {@code target += addend}, of a shard's size. */
  private void addOwnPart(
      ReduceScatter op, long offsetBytes, DeviceRegion target, DeviceRegion addend) {
    CudaElements.residualAdd(
        KernelArguments.storage(op.type()),
        slab.at(target).plus(offsetBytes),
        slab.at(addend),
        op.shard().sizeBytes() / op.type().bytes(),
        scratch.queue());
  }

  /** A shard may lie in the whole where it belongs, which is then all of it. */
  private void copy(DeviceRegion source, DeviceRegion target) {
    DeviceAddress from = slab.at(source);
    DeviceAddress to = slab.at(target);
    if (!source.equals(target) && source.sizeBytes() > 0) {
      CudaMemory.copyOnDevice(to, from, source.sizeBytes(), scratch.stream());
    }
  }
}
