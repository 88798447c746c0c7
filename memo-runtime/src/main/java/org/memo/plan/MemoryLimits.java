package org.memo.plan;

/**
 * What a step may use.
 *
 * @param deviceBytes of the slab: model states, activations, everything
 * @param hostBytes of the pinned pool
 */
public record MemoryLimits(long deviceBytes, long hostBytes) {

  MemoryLimits withHostBytes(long bytes) {
    return new MemoryLimits(deviceBytes, bytes);
  }
}
