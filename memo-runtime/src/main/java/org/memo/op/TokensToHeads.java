package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * Ulysses' exchange before attention (Jacobs et al., 2023): every rank gives its tokens with all
 * heads and gets all tokens with its heads, {@code [T/P, heads] -> [T, local heads]}. Tokens come
 * in the order of the ranks, heads as {@link HeadLayout#wholeHeads} says; a key or value head that
 * several ranks attend with goes to each of them, and virtual heads are filled with zeros.
 *
 * @param source [T/P, {@code layout.width()}]
 * @param target [T, {@code layout.local(P).width()}]
 * @param tokens T, over all ranks; a multiple of P
 * @param type of both
 */
public record TokensToHeads(
    DeviceRegion source,
    DeviceRegion target,
    HeadLayout layout,
    long tokens,
    ElementType type,
    int ranks)
    implements Collective {
  public TokensToHeads {
    Shapes.requireExchange(tokens, ranks, source, target);
    Shapes.require("source", source, type, tokens / ranks, layout.width());
    Shapes.require("target", target, type, tokens, layout.local(ranks).width());
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(source);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(target);
  }

  /** Of equal parts for all ranks: virtual heads count as if they were sent. */
  @Override
  public long wireBytes() {
    return target.sizeBytes() / ranks * (ranks - 1);
  }
}
