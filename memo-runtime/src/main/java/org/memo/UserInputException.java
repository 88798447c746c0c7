package org.memo;

import org.jspecify.annotations.Nullable;

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

  /**
   * The one form of every complaint about an option's value.
   *
   * @param option as it is given, with its dashes
   */
  public static UserInputException ofOption(String option, @Nullable Object given, String valid) {
    return new UserInputException("%s is %s; valid is %s".formatted(option, given, valid));
  }
}
