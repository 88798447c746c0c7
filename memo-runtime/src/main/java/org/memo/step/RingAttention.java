package org.memo.step;

import java.util.List;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;
import org.memo.device.Stream;
import org.memo.memory.SlabAllocator;
import org.memo.op.AttentionDelta;
import org.memo.op.AttentionShape;
import org.memo.op.CopyColumns;
import org.memo.op.ResidualAdd;
import org.memo.op.RingAttentionBackward;
import org.memo.op.RingAttentionForward;
import org.memo.op.RingBlock;
import org.memo.op.Shift;
import org.memo.op.ZeroFill;
import org.memo.planner.cost.ElementType;

/**
 * Attention of one place of a ring over the tokens of all R places (Liu et al., 2023: Ring
 * Attention). In step s the place g has the keys and values of place {@code (g - s) mod R}; while
 * it attends to them they travel on, on a stream of their own. Backward the gradients of keys and
 * values follow, one step behind, and come home after R steps.
 */
final class RingAttention implements Attention {
  private final Stream compute;
  private final SideStream ring;
  private final Event keysArrived;
  private final Event gradientsArrived;
  private final SlabAllocator allocator;
  private final AttentionRows rows;
  private final ParallelLayout ranks;
  private final int place;

  /**
   * @param rows of the place: its 2c tokens
   * @param place of this rank
   */
  RingAttention(
      Stream compute,
      Device device,
      SlabAllocator allocator,
      AttentionRows rows,
      ParallelLayout ranks,
      int place) {
    this.compute = compute;
    this.ring = SideStream.of(device, compute, device.createUrgentStream(StepProgram.RING));
    this.keysArrived = device.createEvent("keys of the ring arrived");
    this.gradientsArrived = device.createEvent("gradients of the ring arrived");
    this.allocator = allocator;
    this.rows = rows;
    this.ranks = ranks;
    this.place = place;
  }

  @Override
  public void forward(
      Segments segments,
      DeviceRegion qkv,
      DeviceRegion out,
      DeviceRegion logSumExp,
      Runnable qkvUsed) {
    boolean sumsInPlace = rows.type() == ElementType.F32;
    DeviceRegion sums =
        sumsInPlace ? out : allocator.allocate("attention sums", rows.floatBytes(rows.outWidth()));
    List<DeviceRegion> keys = keysOf(qkv);
    for (int step = 0; step < ranks.ring(); step++) {
      compute.submit(
          new RingAttentionForward(
              qkv,
              keysAt(step, keys),
              sums,
              logSumExp,
              segments.offsets(),
              block(step),
              shape(segments),
              step == 0,
              rows.type()));
    }
    qkvUsed.run();
    keys.forEach(allocator::free);
    if (!sumsInPlace) {
      round(sums, out, rows.outWidth(), rows.outWidth(), 0);
      allocator.free(sums);
    }
  }

  @Override
  public Gradient backward(
      Segments segments,
      DeviceRegion qkv,
      DeviceRegion out,
      DeviceRegion logSumExp,
      DeviceRegion outGradient,
      Runnable qkvUsed) {
    DeviceRegion delta = allocator.allocate("attention delta", rows.statisticsBytes());
    compute.submit(
        new AttentionDelta(
            out, outGradient, delta, rows.tokens(), rows.heads(), rows.headDim(), rows.type()));
    DeviceRegion queryGradient =
        allocator.allocate("query gradient", rows.floatBytes(rows.outWidth()));
    compute.submit(new ZeroFill(queryGradient));
    long keyBytes = rows.floatBytes(rows.keysValuesWidth());
    DeviceRegion ofBlock = allocator.allocate("key gradient of a block", keyBytes);
    List<DeviceRegion> travelling = twice("travelling key gradient", keyBytes);
    List<DeviceRegion> keys = keysOf(qkv);
    for (int step = 0; step < ranks.ring(); step++) {
      DeviceRegion sum = travelling.get(step % 2);
      DeviceRegion added = step == 0 ? sum : ofBlock; // the sum is still on its way
      DeviceRegion keysOfBlock = keysAt(step, keys);
      compute.submit(new ZeroFill(added));
      compute.submit(
          new RingAttentionBackward(
              qkv,
              keysOfBlock,
              outGradient,
              logSumExp,
              delta,
              queryGradient,
              added,
              segments.offsets(),
              block(step),
              shape(segments),
              rows.type()));
      if (step > 0) {
        compute.await(gradientsArrived);
        compute.submit(new ResidualAdd(sum, ofBlock, keyBytes / Float.BYTES));
      }
      shift(sum, travelling.get((step + 1) % 2), gradientsArrived);
    }
    qkvUsed.run();
    keys.forEach(allocator::free);
    allocator.free(outGradient);
    allocator.free(delta);
    allocator.free(ofBlock);
    DeviceRegion qkvGradient = allocator.allocate("qkv gradient", rows.bytes(rows.qkvWidth()));
    round(queryGradient, qkvGradient, rows.outWidth(), rows.qkvWidth(), 0);
    compute.await(gradientsArrived);
    round(
        travelling.get(ranks.ring() % 2),
        qkvGradient,
        rows.keysValuesWidth(),
        rows.qkvWidth(),
        rows.outWidth());
    travelling.forEach(allocator::free);
    allocator.free(queryGradient);
    return new Gradient(qkvGradient, () -> allocator.free(qkvGradient));
  }

  /** Two buffers, of which the first holds this place's own keys and values. */
  private List<DeviceRegion> keysOf(DeviceRegion qkv) {
    List<DeviceRegion> keys = twice("travelling keys", rows.bytes(rows.keysValuesWidth()));
    compute.submit(
        new CopyColumns(
            qkv,
            keys.getFirst(),
            rows.tokens(),
            rows.keysValuesWidth(),
            rows.qkvWidth(),
            rows.outWidth(),
            rows.keysValuesWidth(),
            0,
            rows.type(),
            rows.type()));
    return keys;
  }

  /** What to attend to in a step, which then goes on to the next place, but for the last. */
  private DeviceRegion keysAt(int step, List<DeviceRegion> keys) {
    if (step > 0) {
      compute.await(keysArrived);
    }
    if (step + 1 < ranks.ring()) {
      shift(keys.get(step % 2), keys.get((step + 1) % 2), keysArrived);
    }
    return keys.get(step % 2);
  }

  private void shift(DeviceRegion source, DeviceRegion target, Event arrived) {
    ring.handOver();
    ring.submit(new Shift(source, target, ranks.sequenceParallel(), ranks.ulysses()));
    ring.record(arrived);
  }

  /** Rounds sums into columns of a matrix of the activations' type. */
  private void round(
      DeviceRegion sums, DeviceRegion target, long cols, long targetWidth, long targetFirst) {
    compute.submit(
        new CopyColumns(
            sums,
            target,
            rows.tokens(),
            cols,
            cols,
            0,
            targetWidth,
            targetFirst,
            ElementType.F32,
            rows.type()));
  }

  private RingBlock block(int step) {
    int keyPlace = Math.floorMod(place - step, ranks.ring());
    return new RingBlock(rows.tokens() / 2, ranks.ring(), place, keyPlace);
  }

  /** Early and late chunks together give all blocks about as many pairs. */
  private AttentionShape shape(Segments segments) {
    double blocks = (double) ranks.ring() * ranks.ring();
    return rows.shape(segments, segments.scoredPairs() / blocks);
  }

  private List<DeviceRegion> twice(String name, long bytes) {
    return List.of(allocator.allocate(name + " 0", bytes), allocator.allocate(name + " 1", bytes));
  }
}
