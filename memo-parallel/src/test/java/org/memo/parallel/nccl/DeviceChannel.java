package org.memo.parallel.nccl;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.memo.collective.CollectiveChannel;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.op.AllGather;
import org.memo.op.AllReduce;
import org.memo.op.AllReduceDoubles;
import org.memo.op.Barrier;
import org.memo.op.Broadcast;
import org.memo.op.Collective;
import org.memo.op.HeadExchange;
import org.memo.op.HeadsToTokens;
import org.memo.op.ReduceScatter;
import org.memo.op.Shift;
import org.memo.op.TokensToHeads;
import org.memo.planner.cost.ElementType;

/** Makes each call with a device's operation: on copies of the memory in its slab. */
final class DeviceChannel implements CollectiveChannel {
  private static final long ALIGNMENT = 64;

  private final Device device;
  private final Stream stream;
  private final int ranks;

  DeviceChannel(Device device, int ranks) {
    this.device = device;
    this.stream = device.createStream("test");
    this.ranks = ranks;
  }

  @Override
  public void allGather(MemorySegment shard, MemorySegment whole) {
    DeviceRegion to = region(0, whole);
    DeviceRegion from = within(whole, shard, to);
    if (from == null) {
      from = upload(end(to), shard);
    } else {
      device.upload(whole, to);
    }
    run(new AllGather(from, to, ranks), to, whole);
  }

  @Override
  public void reduceScatter(MemorySegment whole, MemorySegment shard, boolean accumulate) {
    DeviceRegion from = upload(0, whole);
    DeviceRegion inside = within(whole, shard, from);
    DeviceRegion to = inside == null ? upload(end(from), shard) : inside;
    run(new ReduceScatter(from, to, ElementType.F32, accumulate, ranks), to, shard);
  }

  @Override
  public void allReduce(MemorySegment floats) {
    DeviceRegion region = upload(0, floats);
    run(new AllReduce(region, ElementType.F32, ranks), region, floats);
  }

  @Override
  public void allReduceDoubles(MemorySegment doubles) {
    DeviceRegion region = upload(0, doubles);
    run(new AllReduceDoubles(region, ranks), region, doubles);
  }

  @Override
  public void tokensToHeads(MemorySegment source, MemorySegment target, HeadExchange exchange) {
    DeviceRegion from = upload(0, source);
    DeviceRegion to = upload(end(from), target);
    run(new TokensToHeads(from, to, exchange), to, target);
  }

  @Override
  public void headsToTokens(MemorySegment source, MemorySegment target, HeadExchange exchange) {
    DeviceRegion from = upload(0, source);
    DeviceRegion to = upload(end(from), target);
    run(new HeadsToTokens(from, to, exchange), to, target);
  }

  @Override
  public void shift(MemorySegment source, MemorySegment target, int distance) {
    DeviceRegion from = upload(0, source);
    DeviceRegion to = upload(end(from), target);
    run(new Shift(from, to, ranks, distance), to, target);
  }

  @Override
  public void broadcast(MemorySegment bytes) {
    DeviceRegion region = upload(0, bytes);
    run(new Broadcast(region, ranks), region, bytes);
  }

  @Override
  public void barrier() {
    stream.submit(new Barrier(ranks));
    stream.synchronize();
  }

  private void run(Collective operation, DeviceRegion result, MemorySegment target) {
    stream.submit(operation);
    stream.synchronize();
    device.download(result, target);
  }

  private DeviceRegion upload(long behind, MemorySegment segment) {
    DeviceRegion region = region(behind, segment);
    device.upload(segment, region);
    return region;
  }

  private static long end(DeviceRegion region) {
    return region.offsetBytes() + region.sizeBytes();
  }

  private static DeviceRegion region(long behind, MemorySegment segment) {
    return new DeviceRegion(Math.ceilDiv(behind, ALIGNMENT) * ALIGNMENT, segment.byteSize());
  }

  /** Where a part of a segment is in the region of the whole; null where it is no part. */
  private static @Nullable DeviceRegion within(
      MemorySegment whole, MemorySegment part, DeviceRegion region) {
    long offset = part.address() - whole.address();
    return offset >= 0 && offset + part.byteSize() <= whole.byteSize() && part.byteSize() > 0
        ? new DeviceRegion(region.offsetBytes() + offset, part.byteSize())
        : null;
  }
}
