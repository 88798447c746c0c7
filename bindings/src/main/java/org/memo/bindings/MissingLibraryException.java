package org.memo.bindings;

/** The environment lacks a native library: says what was looked for, where, and how to get it. */
public final class MissingLibraryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public MissingLibraryException(String message) {
    super(message);
  }

  public MissingLibraryException(String message, Throwable cause) {
    super(message, cause);
  }
}
