package org.memo.cli;

import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;

/** Checks of a command's options. */
final class CliOptions {
  private CliOptions() {}

  static void require(boolean holds, String option, @Nullable Object given, String valid) {
    if (!holds) {
      throw UserInputException.ofOption(option, given, valid);
    }
  }
}
