package org.memo.cli;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.memo.machine.DeviceName;

/** How constants are called on the command line and in files. */
final class CliNames {
  private CliNames() {}

  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** The device that {@code --device} names; without it the one that training takes. */
  static DeviceName device(@Nullable String given) {
    if (given == null) {
      return DeviceName.AUTO;
    }
    return DeviceName.parse(given)
        .orElseThrow(() -> CliOptions.wrong("--device", "'" + given + "'", DeviceName.VALID));
  }
}
