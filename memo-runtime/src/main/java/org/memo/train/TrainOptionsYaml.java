package org.memo.train;

import java.util.List;
import java.util.Optional;

/** Writes options as a flat YAML mapping, in the order of help. */
final class TrainOptionsYaml {
  private TrainOptionsYaml() {}

  static String write(TrainOptions options) {
    StringBuilder yaml = new StringBuilder();
    for (TrainOption.Group group : TrainOption.groups()) {
      yaml.append("# ").append(group.heading()).append('\n');
      for (TrainOption option : group.options()) {
        Optional<?> value = option.getter().apply(options);
        value.ifPresent(present -> append(yaml, option.key(), present));
      }
    }
    return yaml.toString();
  }

  private static void append(StringBuilder yaml, String key, Object value) {
    yaml.append(key).append(':');
    if (value instanceof List<?> list) {
      yaml.append('\n');
      list.forEach(item -> yaml.append("  - ").append(scalar(item)).append('\n'));
    } else {
      yaml.append(' ').append(scalar(value)).append('\n');
    }
  }

  private static String scalar(Object value) {
    return value instanceof String text && !text.matches("[A-Za-z][A-Za-z0-9-]*")
        ? quoted(text)
        : value.toString();
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        default -> {
          if (c < ' ' || c == 0x7f) {
            quoted.append("\\x%02x".formatted((int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
