package org.memo.bindings.cudart;

/** The GPU's memory cannot hold what was asked for. */
public final class OutOfDeviceMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long bytesRequested;
  private final long bytesFree;

  /**
   * @param purpose what the memory is for, for the message
   * @param bytesFree what the GPU could still give, or -1 where it does not say
   */
  public OutOfDeviceMemoryException(String purpose, long bytesRequested, long bytesFree) {
    super(
        "GPU memory for %s: %d bytes needed, %s available; ask for less or end what else uses the GPU"
            .formatted(purpose, bytesRequested, bytesFree < 0 ? "an unknown number" : bytesFree));
    this.bytesRequested = bytesRequested;
    this.bytesFree = bytesFree;
  }

  public long bytesRequested() {
    return bytesRequested;
  }

  /** What the GPU could still give, or -1 where it does not say. */
  public long bytesFree() {
    return bytesFree;
  }
}
