package org.memo.planner.trace;

/**
 * One tensor's stay in memory.
 *
 * @param name what people call it; several tensors may have the same name
 * @param lower first moment at which it is alive
 * @param upper first moment at which it is no longer alive
 * @param sizeBytes bytes it occupies, above 0
 */
public record TensorLife(String name, long lower, long upper, long sizeBytes) {

  /**
   * @throws IllegalArgumentException if the lifespan is empty or the size is not above 0
   */
  public TensorLife {
    if (lower >= upper) {
      throw new IllegalArgumentException(
          "tensor %s has the lifespan [%d, %d); lower must be below upper"
              .formatted(name, lower, upper));
    }
    if (sizeBytes <= 0) {
      throw new IllegalArgumentException(
          "tensor %s has size %d bytes; it must be above 0".formatted(name, sizeBytes));
    }
  }

  /** Whether there is a moment at which both tensors are alive. */
  public boolean overlaps(TensorLife other) {
    return lower < other.upper && other.lower < upper;
  }
}
