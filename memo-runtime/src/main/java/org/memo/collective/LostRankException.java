package org.memo.collective;

import org.jspecify.annotations.Nullable;
import org.memo.RunFailedException;

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

  /**
   * One whose message names the rank and what it did last.
   *
   * @param how it was lost: {@code failed: ...}
   * @param last as {@link CollectiveLog#last()} says; empty where nothing is known
   */
  public static LostRankException of(int rank, String how, String last, @Nullable Throwable cause) {
    String lastText = last.isEmpty() ? "" : "; its last collective was " + last;
    return new LostRankException(rank, "rank " + rank + " " + how + lastText, cause);
  }

  /** What the others are told of a rank's own failure. */
  public static String failed(Throwable cause) {
    String reason = cause instanceof RunFailedException run ? run.reason() : cause.getMessage();
    return "failed: " + (reason == null ? cause : reason);
  }

  /** The rank that was lost. */
  public int rank() {
    return rank;
  }
}
