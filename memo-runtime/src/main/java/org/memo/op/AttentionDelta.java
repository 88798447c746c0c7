package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * The row sums of {@code dout * out}, for each head, that the backward pass of attention needs.
 *
 * @param out [T, H D]
 * @param dout [T, H D]
 * @param delta [H, T] f32
 * @param type of out and dout
 */
public record AttentionDelta(
    DeviceRegion out,
    DeviceRegion dout,
    DeviceRegion delta,
    long tokens,
    long heads,
    long headDim,
    ElementType type)
    implements Operation {
  public AttentionDelta {
    long width = Math.multiplyExact(heads, headDim);
    Shapes.require("out", out, type, tokens, width);
    Shapes.require("dout", dout, type, tokens, width);
    Shapes.requireFloats("delta", delta, heads, tokens);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(out, dout);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(delta);
  }
}
