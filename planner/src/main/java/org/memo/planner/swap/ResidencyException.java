package org.memo.planner.swap;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** No choice of forms fits the slab and the host memory. */
public final class ResidencyException extends RuntimeException {

  private final long neededSlabBytes;
  private final @Nullable Long neededHostBytes;

  ResidencyException(Budgets budgets, long neededSlabBytes, OptionalLong neededHostBytes) {
    super(
        ("the kept activations of %d layers fit neither slab nor host: they need %d bytes of slab"
                + " with %d bytes of host memory, where the slab has %d%s")
            .formatted(
                budgets.layers(),
                neededSlabBytes,
                budgets.hostBytes(),
                budgets.slabBytes(),
                neededHostBytes.isPresent()
                    ? ", or %d bytes of host memory with that slab"
                        .formatted(neededHostBytes.getAsLong())
                    : ""));
    this.neededSlabBytes = neededSlabBytes;
    this.neededHostBytes = neededHostBytes.isPresent() ? neededHostBytes.getAsLong() : null;
  }

  /** The smallest slab with which the host memory given suffices. */
  public long neededSlabBytes() {
    return neededSlabBytes;
  }

  /** The least host memory with which the slab given suffices; empty if none does. */
  public OptionalLong neededHostBytes() {
    return neededHostBytes == null ? OptionalLong.empty() : OptionalLong.of(neededHostBytes);
  }
}
