package org.memo.cli;

import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;

/** The one form of every complaint about an option of a command. */
final class CliOptions {
  private CliOptions() {}

  static void require(boolean holds, String option, @Nullable Object given, String valid) {
    if (!holds) {
      throw wrong(option, given, valid);
    }
  }

  static UserInputException wrong(String option, @Nullable Object given, String valid) {
    return new UserInputException("%s is %s; valid is %s".formatted(option, given, valid));
  }
}
