package org.memo.benchmark;

/** A benchmark's answer is not what its reference says, so its time would mean nothing. */
public final class WrongAnswerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public WrongAnswerException(String message) {
    super(message);
  }
}
