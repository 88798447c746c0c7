package org.memo.bindings;

/** The machine's memory cannot hold what was asked for. */
public final class OutOfHostMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long bytesRequested;
  private final long bytesFree;

  /**
   * @param purpose what the memory is for, for the message
   * @param bytesFree what the machine could still give, or -1 where it does not say
   */
  public OutOfHostMemoryException(String purpose, long bytesRequested, long bytesFree) {
    super(
        "host memory for %s: %d bytes needed, %s available; ask for less or free memory"
            .formatted(purpose, bytesRequested, bytesFree < 0 ? "an unknown number" : bytesFree));
    this.bytesRequested = bytesRequested;
    this.bytesFree = bytesFree;
  }

  public long bytesRequested() {
    return bytesRequested;
  }

  /** What the machine could still give, or -1 where it does not say. */
  public long bytesFree() {
    return bytesFree;
  }
}
