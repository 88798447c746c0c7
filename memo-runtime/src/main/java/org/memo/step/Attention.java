package org.memo.step;

import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.memory.SlabAllocator;

/**
 * A layer's attention: of all heads over the tokens of one rank, or of a part of both over what
 * ranks have exchanged for it. All work that it submits elsewhere is done for the computation when
 * a pass returns.
 */
interface Attention {
  /**
   * Submits the forward pass.
   *
   * @param qkv [T, (H + 2K) D]
   * @param out [T, H D], written
   * @param logSumExp [heads, tokens] f32 of the rank's heads over the tokens of its place, written
   * @param qkvUsed called once everything that uses {@code qkv} is submitted
   */
  void forward(
      Segments segments,
      DeviceRegion qkv,
      DeviceRegion out,
      DeviceRegion logSumExp,
      Runnable qkvUsed);

  /**
   * Submits the backward pass.
   *
   * @param out as {@link #forward} wrote it, and {@code logSumExp}
   * @param outGradient [T, H D]; freed
   * @param qkvUsed called once everything that uses {@code qkv} is submitted, its gradient in the
   *     same memory included
   */
  Gradient backward(
      Segments segments,
      DeviceRegion qkv,
      DeviceRegion out,
      DeviceRegion logSumExp,
      DeviceRegion outGradient,
      Runnable qkvUsed);

  /**
   * The gradient of queries, keys and values.
   *
   * @param region [T, (H + 2K) D]
   * @param used to be called once everything that uses it is submitted
   */
  record Gradient(DeviceRegion region, Runnable used) {}

  /**
   * Runs of tokens that attend only to themselves.
   *
   * @param offsets [segments + 1] i64: of the whole micro-batch, padding included
   * @param scoredPairs (query, key) pairs under the mask, of one head
   */
  record Segments(DeviceRegion offsets, double scoredPairs) {}

  /** The attention of a rank: a ring of places outside, an exchange of heads inside (Ulysses). */
  static Attention of(
      StepSettings settings,
      StepShape shape,
      int rank,
      Stream compute,
      Device device,
      SlabAllocator allocator) {
    ParallelLayout ranks = settings.ranks();
    int groups = settings.headGroups();
    AttentionRows rows = shape.attending().ofGroup(groups);
    Attention attention =
        ranks.ring() == 1
            ? new FlashAttention(compute, allocator, rows)
            : new RingAttention(compute, device, allocator, rows, ranks, ranks.place(rank));
    return ranks.ulysses() == 1 && groups == 1
        ? attention
        : new ExchangedAttention(
            compute, device, allocator, shape, ranks.ulysses(), groups, attention);
  }
}
