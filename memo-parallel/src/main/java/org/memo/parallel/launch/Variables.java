package org.memo.parallel.launch;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;

/** The variables of a process's environment; one that is empty counts as not set. */
record Variables(Map<String, String> environment) {
  boolean has(String name) {
    return get(name) != null;
  }

  @Nullable String get(String name) {
    String value = environment.get(name);
    return value == null || value.isBlank() ? null : value.strip();
  }

  /**
   * @param because of what the variable must be there, for example "RANK is set"
   */
  String required(String name, String because) {
    String value = get(name);
    if (value == null) {
      throw new UserInputException(
          "%s is not set although %s: a process of a run over several needs both"
              .formatted(name, because));
    }
    return value;
  }

  int requiredNumber(String name, String because) {
    return number(name, required(name, because));
  }

  int number(String name, int otherwise) {
    String value = get(name);
    return value == null ? otherwise : number(name, value);
  }

  private static int number(String name, String value) {
    try {
      int number = Integer.parseInt(value);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // told below, as a negative number is
    }
    throw UserInputException.ofOption(name, value, "a whole number from 0 on");
  }
}
