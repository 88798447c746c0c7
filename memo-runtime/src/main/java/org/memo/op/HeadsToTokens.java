package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * Ulysses' exchange after attention: the transpose of {@link TokensToHeads}, {@code [T, local
 * heads] -> [T/P, heads]}. Where a key or value head was given to several ranks, or several times
 * to one, its copies are summed in the order of the ranks, as gradients are; virtual heads are
 * dropped.
 *
 * @param source [T, {@code layout.local(P).width()}]
 * @param target [T/P, {@code layout.width()}]
 * @param tokens T, over all ranks; a multiple of P
 * @param type of both
 */
public record HeadsToTokens(
    DeviceRegion source,
    DeviceRegion target,
    HeadLayout layout,
    long tokens,
    ElementType type,
    int ranks)
    implements Collective {
  public HeadsToTokens {
    Shapes.requireExchange(tokens, ranks, source, target);
    Shapes.require("source", source, type, tokens, layout.local(ranks).width());
    Shapes.require("target", target, type, tokens / ranks, layout.width());
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
    return source.sizeBytes() / ranks * (ranks - 1);
  }
}
