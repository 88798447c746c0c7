package org.memo.train;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sizes as people write them.
 *
 * <p>Tokens: a number with K, M, G or T = 1024, 1024^2, 1024^3, 1024^4. Bytes: a number with KiB,
 * MiB, GiB, TiB (powers of 1024), KB, MB, GB, TB (powers of 1000), B, or plain K, M, G, T, which
 * are powers of 1024 as for tokens. Upper and lower case mean the same; a fraction is taken where
 * the result is whole: {@code 1.5K} is 1536.
 */
public final class Sizes {
  /** What {@link #parseTokens} takes, for messages. */
  public static final String VALID_TOKENS = "a whole number such as 8192, 64K or 1M (K = 1024)";

  /** What {@link #parseBytes} takes, for messages. */
  public static final String VALID_BYTES =
      "a size such as 500MB, 64MiB or 2GiB (M and G alone are MiB and GiB)";

  private static final Pattern SIZE = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([a-zA-Z]*)");
  private static final Map<String, Integer> POWERS = Map.of("", 0, "K", 1, "M", 2, "G", 3, "T", 4);
  private static final String[] BINARY_UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Sizes() {}

  /**
   * The number of tokens that the text says; empty when it is no such number, or beyond 2^63 - 1.
   */
  public static OptionalLong parseTokens(String text) {
    Matcher size = SIZE.matcher(text.strip());
    if (!size.matches()) {
      return OptionalLong.empty();
    }
    return scaled(size.group(1), 1024, size.group(2).toUpperCase(Locale.ROOT));
  }

  /**
   * The number of bytes that the text says; empty when it is no such number, or beyond 2^63 - 1.
   */
  public static OptionalLong parseBytes(String text) {
    Matcher size = SIZE.matcher(text.strip());
    if (!size.matches()) {
      return OptionalLong.empty();
    }
    String unit = size.group(2).toUpperCase(Locale.ROOT);
    if (unit.endsWith("IB") && unit.length() == 3) {
      return scaled(size.group(1), 1024, unit.substring(0, 1));
    }
    if (unit.endsWith("B")) {
      return scaled(size.group(1), 1000, unit.substring(0, unit.length() - 1));
    }
    return scaled(size.group(1), 1024, unit);
  }

  private static OptionalLong scaled(String number, int base, String prefix) {
    Integer power = POWERS.get(prefix);
    if (power == null) {
      return OptionalLong.empty();
    }
    try {
      BigDecimal size = new BigDecimal(number).multiply(BigDecimal.valueOf(base).pow(power));
      return OptionalLong.of(size.longValueExact());
    } catch (ArithmeticException notAWholeLong) {
      return OptionalLong.empty();
    }
  }

  /** The size for people, in binary units with about three digits: {@code 1.50 GiB}. */
  public static String formatBytes(long sizeBytes) {
    if (sizeBytes < 1024) {
      return sizeBytes + " B";
    }
    int unit = (63 - Long.numberOfLeadingZeros(sizeBytes)) / 10;
    double scaled = sizeBytes / (double) (1L << (10 * unit));
    int decimals = scaled < 10 ? 2 : scaled < 100 ? 1 : 0;
    return String.format(Locale.ROOT, "%." + decimals + "f %s", scaled, BINARY_UNITS[unit]);
  }
}
