package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * Ulysses' exchange before attention (Jacobs et al., 2023): every rank gives its tokens with all
 * heads and gets all tokens with its heads, {@code [T/P, heads] -> [T, local heads]}. Tokens come
 * in the order of the ranks, heads as {@link HeadExchange#wholeHeads} says; a key or value head
 * that several ranks attend with goes to each of them, and virtual heads are filled with zeros.
 *
 * @param source [T/P, width of all heads]
 * @param target [T, width of the rank's heads]
 */
public record TokensToHeads(DeviceRegion source, DeviceRegion target, HeadExchange exchange)
    implements Collective {
  public TokensToHeads {
    exchange.require("source", source, "target", target);
  }

  @Override
  public List<MemoryRegion> reads() {
    return List.of(source);
  }

  @Override
  public List<MemoryRegion> writes() {
    return List.of(target);
  }

  @Override
  public ElementType type() {
    return exchange.type();
  }

  @Override
  public int ranks() {
    return exchange.ranks();
  }

  /** Of equal parts for all ranks: virtual heads count as if they were sent. */
  @Override
  public long wireBytes() {
    return target.sizeBytes() / ranks() * (ranks() - 1);
  }
}
