package org.memo.op;

import java.util.List;
import org.memo.device.DeviceRegion;
import org.memo.device.MemoryRegion;
import org.memo.planner.cost.ElementType;

/**
 * Ulysses' exchange after attention: the transpose of {@link TokensToHeads}, {@code [T, local
 * heads] -> [T/P, heads]}. Where a key or value head was given to several ranks, or several times
 * to one, its copies are summed in the order of the ranks, as gradients are; virtual heads are
 * dropped, and heads of other groups stay as they are.
 *
 * @param source [T, width of the rank's heads]
 * @param target [T/P, width of all heads]
 */
public record HeadsToTokens(DeviceRegion source, DeviceRegion target, HeadExchange exchange)
    implements Collective {
  public HeadsToTokens {
    exchange.require("target", target, "source", source);
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
    return source.sizeBytes() / ranks() * (ranks() - 1);
  }
}
