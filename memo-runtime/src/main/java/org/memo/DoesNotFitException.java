package org.memo;

/**
 * A request for device, host or disk memory is larger than what is there. The message says which
 * memory and what to change; the command line prints it and exits with 3.
 */
public final class DoesNotFitException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long neededBytes;
  private final long availableBytes;

  public DoesNotFitException(String message, long neededBytes, long availableBytes) {
    super(message);
    this.neededBytes = neededBytes;
    this.availableBytes = availableBytes;
  }

  /** Bytes that would be enough. */
  public long neededBytes() {
    return neededBytes;
  }

  /** Bytes that there are. */
  public long availableBytes() {
    return availableBytes;
  }
}
