package org.memo;

/**
 * The user's input is wrong: an option, a file or a model that cannot be used. The message is one
 * sentence that says what is wrong, the given value and what is valid; the command line prints it
 * and exits with 2.
 */
public final class UserInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UserInputException(String message) {
    super(message);
  }

  public UserInputException(String message, Throwable cause) {
    super(message, cause);
  }
}
