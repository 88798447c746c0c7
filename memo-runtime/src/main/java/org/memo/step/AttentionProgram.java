package org.memo.step;

import org.memo.device.DeviceRegion;
import org.memo.device.Stream;
import org.memo.memory.SlabAllocator;
import org.memo.op.AttentionShape;
import org.memo.op.FlashAttentionBackward;
import org.memo.op.FlashAttentionForward;
import org.memo.op.HeadExchange;
import org.memo.op.HeadLayout;
import org.memo.op.HeadsToTokens;
import org.memo.op.TokensToHeads;

/**
 * A layer's attention, from the rank's tokens to the rank's tokens. Where ranks share a sequence,
 * each attends over all its tokens with a share of the heads (Ulysses): heads and tokens are
 * exchanged before and after.
 *
 * @param segmentOffsets [P T + 1] i64, of which a micro-batch uses the first
 * @param ranks P
 */
record AttentionProgram(
    Stream stream,
    SlabAllocator allocator,
    StepShape shape,
    DeviceRegion segmentOffsets,
    int ranks) {

  /**
   * Writes {@code attention}: the output [T, H D], then the log-sum-exp of the rank's heads.
   *
   * @param qkv [T, (H + 2K) D]
   * @param qkvUsed called once everything that uses {@code qkv} is submitted
   */
  void forward(AttentionShape attention, DeviceRegion qkv, DeviceRegion output, Runnable qkvUsed) {
    if (ranks == 1) {
      attend(attention, qkv, out(output), logSumExp(output));
      qkvUsed.run();
      return;
    }
    DeviceRegion heads = toHeads("qkv of heads", qkv, qkvHeads());
    qkvUsed.run();
    DeviceRegion headsOut = allocate("attention of heads", outHeads());
    attend(attention, heads, headsOut, logSumExp(output));
    allocator.free(heads);
    toTokens(headsOut, out(output), outHeads());
    allocator.free(headsOut);
  }

  /**
   * Returns the gradient of {@code qkv} [T, (H + 2K) D], which the caller frees.
   *
   * @param output as {@link #forward} wrote it
   * @param outGradient [T, H D]; freed
   * @param qkvUsed called once everything that uses {@code qkv} is submitted
   */
  DeviceRegion backward(
      AttentionShape attention,
      DeviceRegion qkv,
      DeviceRegion output,
      DeviceRegion outGradient,
      Runnable qkvUsed) {
    DeviceRegion delta = allocator.allocate("attention delta", shape.rowStatisticsBytes());
    if (ranks == 1) {
      DeviceRegion qkvGradient = allocator.allocate("qkv gradient", shape.qkvBytes());
      differentiate(
          attention, qkv, out(output), outGradient, logSumExp(output), delta, qkvGradient);
      qkvUsed.run();
      allocator.free(outGradient);
      allocator.free(delta);
      return qkvGradient;
    }
    DeviceRegion heads = toHeads("qkv of heads", qkv, qkvHeads());
    qkvUsed.run();
    DeviceRegion headsGradient = toHeads("attention gradient of heads", outGradient, outHeads());
    allocator.free(outGradient);
    DeviceRegion headsOut = toHeads("attention of heads", out(output), outHeads());
    DeviceRegion headsQkvGradient = allocate("qkv gradient of heads", qkvHeads());
    differentiate(
        attention, heads, headsOut, headsGradient, logSumExp(output), delta, headsQkvGradient);
    allocator.free(heads);
    allocator.free(headsOut);
    allocator.free(headsGradient);
    allocator.free(delta);
    DeviceRegion qkvGradient = allocator.allocate("qkv gradient", shape.qkvBytes());
    toTokens(headsQkvGradient, qkvGradient, qkvHeads());
    allocator.free(headsQkvGradient);
    return qkvGradient;
  }

  /** The part of an attention's memory that holds its output [T, H D]. */
  DeviceRegion out(DeviceRegion attention) {
    return attention.slice(0, shape.attentionOutBytes());
  }

  private DeviceRegion logSumExp(DeviceRegion attention) {
    return attention.slice(shape.attentionOutBytes(), shape.rowStatisticsBytes());
  }

  private void attend(
      AttentionShape attention, DeviceRegion qkv, DeviceRegion out, DeviceRegion logSumExp) {
    stream.submit(
        new FlashAttentionForward(
            qkv, out, logSumExp, offsets(attention), attention, shape.type()));
  }

  private void differentiate(
      AttentionShape attention,
      DeviceRegion qkv,
      DeviceRegion out,
      DeviceRegion outGradient,
      DeviceRegion logSumExp,
      DeviceRegion delta,
      DeviceRegion qkvGradient) {
    stream.submit(
        new FlashAttentionBackward(
            qkv,
            out,
            outGradient,
            logSumExp,
            delta,
            qkvGradient,
            offsets(attention),
            attention,
            shape.type()));
  }

  /** The rank's heads of all tokens, in memory that the caller frees. */
  private DeviceRegion toHeads(String name, DeviceRegion tokens, HeadLayout layout) {
    DeviceRegion heads = allocate(name, layout);
    stream.submit(new TokensToHeads(tokens, heads, exchange(layout)));
    return heads;
  }

  private void toTokens(DeviceRegion heads, DeviceRegion tokens, HeadLayout layout) {
    stream.submit(new HeadsToTokens(heads, tokens, exchange(layout)));
  }

  private DeviceRegion allocate(String name, HeadLayout layout) {
    long elements = Math.multiplyExact(shape.attendedTokens(), layout.local(ranks).width());
    return allocator.allocate(name, Math.multiplyExact(elements, shape.type().bytes()));
  }

  private HeadExchange exchange(HeadLayout layout) {
    return new HeadExchange(layout, shape.attendedTokens(), shape.type(), ranks);
  }

  private HeadLayout qkvHeads() {
    return HeadLayout.queriesKeysValues(shape.heads(), shape.kvHeads(), shape.headDim());
  }

  private HeadLayout outHeads() {
    return HeadLayout.queries(shape.heads(), shape.kvHeads(), shape.headDim());
  }

  private DeviceRegion offsets(AttentionShape attention) {
    return segmentOffsets.slice(0, attention.segmentOffsets() * Long.BYTES);
  }
}
