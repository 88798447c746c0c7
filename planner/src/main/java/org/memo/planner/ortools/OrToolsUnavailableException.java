package org.memo.planner.ortools;

/** OR-Tools' native libraries cannot be used on this machine; the message says why. */
public final class OrToolsUnavailableException extends RuntimeException {

  OrToolsUnavailableException(String message) {
    super(message);
  }
}
