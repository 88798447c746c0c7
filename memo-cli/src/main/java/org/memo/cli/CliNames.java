package org.memo.cli;

import java.util.Locale;

/** How constants are called on the command line and in files. */
final class CliNames {
  private CliNames() {}

  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
