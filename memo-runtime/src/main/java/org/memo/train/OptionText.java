package org.memo.train;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.memo.UserInputException;

/**
 * The text given for an option, and its readings. Each reading throws {@link UserInputException},
 * naming the option, the text and what is valid.
 */
record OptionText(String key, List<String> texts) {

  /** The text of an option that takes one. */
  String text() {
    return texts.getFirst().strip();
  }

  int asInt() {
    long value = asTokens();
    if (value > Integer.MAX_VALUE) {
      throw wrong("a whole number up to " + Integer.MAX_VALUE);
    }
    return (int) value;
  }

  long asTokens() {
    return Sizes.parseTokens(text()).orElseThrow(() -> wrong(Sizes.VALID_TOKENS));
  }

  long asBytes() {
    return Sizes.parseBytes(text()).orElseThrow(() -> wrong(Sizes.VALID_BYTES));
  }

  long asLong() {
    try {
      return Long.parseLong(text());
    } catch (NumberFormatException notALong) {
      throw wrong("a whole number");
    }
  }

  double asNumber() {
    try {
      return Double.parseDouble(text());
    } catch (NumberFormatException notANumber) {
      throw wrong("a number such as 3e-4");
    }
  }

  boolean asFlag() {
    return switch (text()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw wrong("true or false");
    };
  }

  OptionalLong autoOrTokens() {
    if (text().equals("auto")) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(
        Sizes.parseTokens(text()).orElseThrow(() -> wrong("auto or " + Sizes.VALID_TOKENS)));
  }

  OptionalLong autoOrBytes() {
    if (text().equals("auto")) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(
        Sizes.parseBytes(text()).orElseThrow(() -> wrong("auto or " + Sizes.VALID_BYTES)));
  }

  OptionalDouble autoOrNumber() {
    if (text().equals("auto")) {
      return OptionalDouble.empty();
    }
    try {
      return OptionalDouble.of(Double.parseDouble(text()));
    } catch (NumberFormatException notANumber) {
      throw wrong("auto or a number from 0 to 1");
    }
  }

  Duration asDuration() {
    return DurationText.parse(text()).orElseThrow(() -> wrong(DurationText.VALID));
  }

  Residency asResidency() {
    return Residency.parse(text())
        .orElseThrow(() ->
            wrong(
                "auto, none, all, a number of layers, or forms of the last layers as"
                    + " swapped:6,checkpointed:1,resident:1"));
  }

  OptionalInt autoOrCount() {
    return text().equals("auto") ? OptionalInt.empty() : OptionalInt.of(asInt());
  }

  /** The constant whose name, in lower case, is the text. */
  <E extends Enum<E>> E oneOf(Class<E> type) {
    StringBuilder valid = new StringBuilder();
    E[] constants = type.getEnumConstants();
    for (int i = 0; i < constants.length; i++) {
      String name = nameOf(constants[i]);
      if (name.equals(text())) {
        return constants[i];
      }
      String separator = i == 0 ? "" : i == constants.length - 1 ? " or " : ", ";
      valid.append(separator).append(name);
    }
    throw wrong(valid.toString());
  }

  /** Takes the only text that this version supports. */
  void only(String supported, String reason) {
    if (!text().equals(supported)) {
      throw new UserInputException(
          "--%s is %s, but %s: give %s".formatted(key, text(), reason, supported));
    }
  }

  UserInputException wrong(String valid) {
    return invalid(key, "'" + text() + "'", valid);
  }

  static String nameOf(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** Throws unless {@code holds}: the one form of every complaint about an option's value. */
  static void require(boolean holds, String key, Object given, String valid) {
    if (!holds) {
      throw invalid(key, String.valueOf(given), valid);
    }
  }

  private static UserInputException invalid(String key, String given, String valid) {
    return UserInputException.ofOption("--" + key, given, valid);
  }
}
