package org.memo.memory;

/** A step asked for memory that its plan does not hold: plan and program do not belong together. */
public final class UnplannedRequestException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  UnplannedRequestException(String message) {
    super(message);
  }
}
