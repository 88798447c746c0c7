package org.memo;

import org.jspecify.annotations.Nullable;

/**
 * A run failed part way, for example on a loss that is not finite. The message says what failed and
 * where the last whole checkpoint is; the command line prints it and exits with 5.
 */
public final class RunFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long step;
  private final String reason;

  /** {@code step} is the optimizer step, counted from 1, that did not finish. */
  public RunFailedException(long step, String reason, @Nullable Throwable cause) {
    super(reason, cause);
    this.step = step;
    this.reason = reason;
  }

  /**
   * @param kept what is left of the run: the end of the message
   */
  public RunFailedException(long step, String reason, String kept, @Nullable Throwable cause) {
    super(reason + "; " + kept, cause);
    this.step = step;
    this.reason = reason;
  }

  /** What failed: the message without what is left of the run, which other ranks say themselves. */
  public String reason() {
    return reason;
  }

  /** The optimizer step, counted from 1, that did not finish. */
  public long step() {
    return step;
  }
}
