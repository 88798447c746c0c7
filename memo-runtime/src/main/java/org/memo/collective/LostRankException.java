package org.memo.collective;

import org.jspecify.annotations.Nullable;

/** A rank of the group failed, ended or did not come, so that the others cannot go on. */
public final class LostRankException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int rank;

  /**
   * A rank was lost.
   *
   * @param cause the rank's own failure, where there is one
   */
  public LostRankException(int rank, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.rank = rank;
  }

  /** The rank that was lost. */
  public int rank() {
    return rank;
  }
}
