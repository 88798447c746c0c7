package org.memo.step;

import java.util.ArrayDeque;
import java.util.Deque;
import org.memo.device.Device;
import org.memo.device.DeviceRegion;
import org.memo.device.Event;
import org.memo.device.Stream;
import org.memo.memory.SlabAllocator;
import org.memo.op.HeadExchange;
import org.memo.op.HeadLayout;
import org.memo.op.HeadsToTokens;
import org.memo.op.TokensToHeads;

/**
 * Attention of each of U ranks with a share of the heads over the tokens of all of them (Ulysses):
 * heads and tokens are exchanged before and after. The share may go in groups; then the next group
 * arrives and the one before leaves while the computation attends with one. A group's gradient goes
 * where its queries, keys and values came from. With a single group that memory is given back
 * before the computation attends, and the gradient gets its own after.
 */
final class ExchangedAttention implements Attention {
  private final Stream compute;
  private final SideStream exchange;
  private final Event brought;
  private final Event sent;
  private final SlabAllocator allocator;
  private final StepShape shape;
  private final int ranks;
  private final int groups;
  private final Attention attention;

  /**
   * @param ranks U
   * @param attention attends with a group of the rank's heads
   */
  ExchangedAttention(
      Stream compute,
      Device device,
      SlabAllocator allocator,
      StepShape shape,
      int ranks,
      int groups,
      Attention attention) {
    // One group hides no exchange.
    Stream stream = groups == 1 ? compute : device.createUrgentStream(StepProgram.EXCHANGE);
    this.compute = compute;
    this.exchange = SideStream.of(device, compute, stream);
    this.brought = device.createEvent("heads brought");
    this.sent = device.createEvent("heads sent");
    this.allocator = allocator;
    this.shape = shape;
    this.ranks = ranks;
    this.groups = groups;
    this.attention = attention;
  }

  @Override
  public void forward(
      Segments segments,
      DeviceRegion qkv,
      DeviceRegion out,
      DeviceRegion logSumExp,
      Runnable qkvUsed) {
    Deque<Runnable> leaving = new ArrayDeque<>();
    DeviceRegion next = bring("qkv of heads", qkv, shape.heads(), 0);
    for (int group = 0; group < groups; group++) {
      DeviceRegion heads = next;
      awaitBrought(leaving);
      if (group + 1 < groups) {
        next = bring("qkv of heads", qkv, shape.heads(), group + 1);
      } else {
        qkvUsed.run();
      }
      DeviceRegion headsOut = allocate("attention of heads", outHeads());
      attention.forward(
          segments, heads, headsOut, ofGroup(logSumExp, group), () -> allocator.free(heads));
      send(headsOut, out, outHeads(), group);
      leaving.add(() -> allocator.free(headsOut));
    }
    awaitSent(leaving);
  }

  @Override
  public Gradient backward(
      Segments segments,
      DeviceRegion qkv,
      DeviceRegion out,
      DeviceRegion logSumExp,
      DeviceRegion outGradient,
      Runnable qkvUsed) {
    Deque<Runnable> leaving = new ArrayDeque<>();
    Arrival next = bring(qkv, out, outGradient, 0);
    if (groups == 1) {
      qkvUsed.run();
    }
    Gradient qkvGradient = new Gradient(qkv, qkvUsed);
    for (int group = 0; group < groups; group++) {
      Arrival heads = next;
      awaitBrought(leaving);
      if (group + 1 < groups) {
        next = bring(qkv, out, outGradient, group + 1);
      } else if (groups > 1) {
        allocator.free(outGradient);
      }
      Gradient gradient =
          attention.backward(
              segments,
              heads.qkv(),
              heads.out(),
              ofGroup(logSumExp, group),
              heads.outGradient(),
              () -> allocator.free(heads.qkv()));
      allocator.free(heads.out());
      if (groups == 1) {
        DeviceRegion own = allocator.allocate("qkv gradient", shape.qkvBytes());
        qkvGradient = new Gradient(own, () -> allocator.free(own));
      }
      send(gradient.region(), qkvGradient.region(), shape.heads(), group);
      leaving.add(gradient.used());
    }
    awaitSent(leaving);
    return qkvGradient;
  }

  /** What a group's backward pass needs, of the rank's heads. */
  private record Arrival(DeviceRegion qkv, DeviceRegion out, DeviceRegion outGradient) {}

  private Arrival bring(DeviceRegion qkv, DeviceRegion out, DeviceRegion outGradient, int group) {
    DeviceRegion ofOutGradient =
        bring("attention gradient of heads", outGradient, outHeads(), group);
    // Exchanged on the computation's own stream, which nothing overtakes.
    if (groups == 1) {
      allocator.free(outGradient);
    }
    DeviceRegion ofQkv = bring("qkv of heads", qkv, shape.heads(), group);
    DeviceRegion ofOut = bring("attention of heads", out, outHeads(), group);
    return new Arrival(ofQkv, ofOut, ofOutGradient);
  }

  /** The rank's heads of a group, of all tokens, in memory that the caller frees. */
  private DeviceRegion bring(String name, DeviceRegion tokens, HeadLayout layout, int group) {
    DeviceRegion heads = allocate(name, layout);
    exchange.handOver();
    exchange.submit(new TokensToHeads(tokens, heads, exchange(layout, group)));
    exchange.record(brought);
    return heads;
  }

  /** Waits for the newest group, and so for what was sent before that: all but the newest. */
  private void awaitBrought(Deque<Runnable> leaving) {
    compute.await(brought);
    while (leaving.size() > 1) {
      leaving.remove().run();
    }
  }

  private void send(DeviceRegion heads, DeviceRegion tokens, HeadLayout layout, int group) {
    exchange.handOver();
    exchange.submit(new HeadsToTokens(heads, tokens, exchange(layout, group)));
  }

  private void awaitSent(Deque<Runnable> leaving) {
    exchange.record(sent);
    compute.await(sent);
    leaving.forEach(Runnable::run);
  }

  /** Of [heads, tokens] f32, the heads of a group. */
  private DeviceRegion ofGroup(DeviceRegion statistics, int group) {
    long bytes = statistics.sizeBytes() / groups;
    return statistics.slice(group * bytes, bytes);
  }

  private DeviceRegion allocate(String name, HeadLayout layout) {
    long elements =
        Math.multiplyExact(shape.attending().tokens(), exchange(layout, 0).localLayout().width());
    return allocator.allocate(name, Math.multiplyExact(elements, shape.type().bytes()));
  }

  private HeadExchange exchange(HeadLayout layout, int group) {
    return new HeadExchange(layout, shape.attending().tokens(), shape.type(), ranks, group, groups);
  }

  private HeadLayout outHeads() {
    HeadLayout heads = shape.heads();
    return HeadLayout.queries(heads.queryHeads(), heads.kvHeads(), heads.headDim());
  }
}
