package org.memo.cli;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;
import org.memo.machine.DeviceName;

/** How constants are called on the command line and in files. */
final class CliNames {
  private CliNames() {}

  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** The one of these that is called so. */
  static <E extends Enum<E>> Optional<E> named(List<E> constants, String name) {
    return constants.stream().filter(constant -> of(constant).equals(name)).findFirst();
  }

  /** The device that {@code --device} names; without it the one that training takes. */
  static DeviceName device(@Nullable String given) {
    if (given == null) {
      return DeviceName.AUTO;
    }
    return DeviceName.parse(given)
        .orElseThrow(
            () -> UserInputException.ofOption("--device", "'" + given + "'", DeviceName.VALID));
  }
}
