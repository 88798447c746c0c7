package org.memo.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import org.memo.UserInputException;

/**
 * The checked values of a JSON object of a model's configuration. A key that is absent or null has
 * its default.
 *
 * @param source the file, and the key that the object stands under, for messages
 */
record ConfigTree(ObjectNode json, String source) {

  boolean isPresent(String key) {
    return json.hasNonNull(key);
  }

  /** The first of {@code keys} that is present, as a count of 1 or more; one must be. */
  long count(String... keys) {
    for (String key : keys) {
      if (isPresent(key)) {
        return countOr(key, 0);
      }
    }
    throw refuse("%s is missing".formatted(keys[0]));
  }

  /** A whole number from 1 to 2^31 - 1: no dimension of a model is larger. */
  long countOr(String key, long ifAbsent) {
    if (!isPresent(key)) {
      return ifAbsent;
    }
    JsonNode value = json.get(key);
    if (!value.isIntegralNumber()
        || !value.canConvertToLong()
        || value.longValue() < 1
        || value.longValue() > Integer.MAX_VALUE) {
      throw invalid(key, "a whole number from 1 to " + Integer.MAX_VALUE);
    }
    return value.longValue();
  }

  @Nullable Long wholeNumberOrNull(String key) {
    if (!isPresent(key)) {
      return null;
    }
    JsonNode value = json.get(key);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw invalid(key, "a whole number");
    }
    return value.longValue();
  }

  double positiveOr(String key, double ifAbsent) {
    double value = numberOr(key, ifAbsent);
    if (!(value > 0)) {
      throw invalid(key, "a number above 0");
    }
    return value;
  }

  double numberOr(String key, double ifAbsent) {
    if (!isPresent(key)) {
      return ifAbsent;
    }
    JsonNode value = json.get(key);
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw invalid(key, "a finite number");
    }
    return value.doubleValue();
  }

  boolean flagOr(String key, boolean ifAbsent) {
    if (!isPresent(key)) {
      return ifAbsent;
    }
    if (!json.get(key).isBoolean()) {
      throw invalid(key, "true or false");
    }
    return json.get(key).booleanValue();
  }

  String textOr(String key, String ifAbsent) {
    if (!isPresent(key)) {
      return ifAbsent;
    }
    if (!json.get(key).isTextual()) {
      throw invalid(key, "a text");
    }
    return json.get(key).textValue();
  }

  /** The object under {@code key}; null where it is absent, null or empty. */
  @Nullable ConfigTree objectOrNull(String key) {
    if (!isPresent(key) || (json.get(key).isObject() && json.get(key).isEmpty())) {
      return null;
    }
    if (json.get(key) instanceof ObjectNode object) {
      return new ConfigTree(object, source + ", " + key);
    }
    throw invalid(key, "an object");
  }

  UserInputException invalid(String key, String valid) {
    return refuse("%s is %s, but must be %s".formatted(key, shortText(key), valid));
  }

  UserInputException unsupported(String key, String supported) {
    return refuse("%s %s is not supported; %s".formatted(key, shortText(key), supported));
  }

  UserInputException refuse(String what) {
    return new UserInputException("%s: %s.".formatted(source, what));
  }

  private String shortText(String key) {
    String text = String.valueOf(json.get(key));
    return text.length() <= 80 ? text : text.substring(0, 77) + "...";
  }
}
