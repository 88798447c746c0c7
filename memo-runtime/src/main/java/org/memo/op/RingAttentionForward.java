package org.memo.op;

import java.util.List;
import java.util.stream.Stream;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * The attention of one place's queries to one place's keys and values (Liu et al., 2023: Ring
 * Attention), causal within segments of the whole sequence. Put together over all places of keys,
 * in any order, it is {@link FlashAttentionForward}.
 *
 * @param qkv [2c, (H + 2K) D]: the queries are read
 * @param keysValues [2c, 2K D]: of the block's key place; a row's keys, then its values
 * @param out [2c, H D] f32: of all keys so far; where first, it is set
 * @param logSumExp [H, 2c] f32: of the scaled scores so far, -infinity where there are none
 * @param segmentOffsets [segments + 1] i64: of the whole sequence, ascending, the first 0
 * @param shape of the rows: T is 2c; the scored pairs are the block's
 * @param first whether no keys came before
 * @param type of qkv and keysValues
 */
public record RingAttentionForward(
    DeviceRegion qkv,
    DeviceRegion keysValues,
    DeviceRegion out,
    DeviceRegion logSumExp,
    DeviceRegion segmentOffsets,
    RingBlock block,
    AttentionShape shape,
    boolean first,
    ElementType type)
    implements Operation {
  public RingAttentionForward {
    Shapes.requireTokens(shape, block);
    Shapes.require("qkv", qkv, type, shape.tokens(), shape.qkvWidth());
    Shapes.require("keysValues", keysValues, type, shape.tokens(), shape.keysValuesWidth());
    Shapes.requireFloats("out", out, shape.tokens(), shape.outWidth());
    Shapes.requireFloats("logSumExp", logSumExp, shape.heads(), shape.tokens());
    Shapes.requireLongs("segmentOffsets", segmentOffsets, shape.segmentOffsets());
  }

  @Override
  public List<MemoryRegion> reads() {
    Stream<MemoryRegion> inputs = Stream.of(qkv, keysValues, segmentOffsets);
    return (first ? inputs : Stream.concat(inputs, Stream.of(out, logSumExp))).toList();
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(out, logSumExp);
  }

  @Override
  public double flops() {
    return 2 * shape.productFlops();
  }
}
