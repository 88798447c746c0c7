package org.memo;

import org.jspecify.annotations.Nullable;

/**
 * A run failed part way, for example on a loss that is not finite. The message says what failed and
 * where the last whole checkpoint is; the command line prints it and exits with 5.
 */
public final class RunFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long step;

  /** {@code step} is the optimizer step, counted from 1, that did not finish. */
  public RunFailedException(long step, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.step = step;
  }

  /** The optimizer step, counted from 1, that did not finish. */
  public long step() {
    return step;
  }
}
