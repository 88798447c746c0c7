package org.memo.train;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 500ms}, {@code 60s}, {@code 1.5m}, {@code 2h}. */
public final class DurationText {
  /** What {@link #parse} takes, for messages. */
  public static final String VALID = "a duration such as 500ms, 60s, 2m or 1h";

  private static final Pattern DURATION =
      Pattern.compile("([0-9]{1,18}(?:\\.[0-9]{1,9})?)\\s*(\\w*)");
  private static final Map<String, Long> UNIT_NANOS =
      Map.of(
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "", 1_000_000_000L,
          "m", 60_000_000_000L,
          "min", 60_000_000_000L,
          "h", 3_600_000_000_000L);

  private DurationText() {}

  /** The duration that the text says, seconds where it names no unit; empty if it says none. */
  public static Optional<Duration> parse(String text) {
    Matcher parts = DURATION.matcher(text.strip());
    if (!parts.matches()) {
      return Optional.empty();
    }
    Long unitNanos = UNIT_NANOS.get(parts.group(2));
    if (unitNanos == null) {
      return Optional.empty();
    }
    BigInteger nanos =
        new BigDecimal(parts.group(1)).multiply(BigDecimal.valueOf(unitNanos)).toBigInteger();
    BigInteger[] secondsAndRest = nanos.divideAndRemainder(BigInteger.valueOf(1_000_000_000));
    return secondsAndRest[0].bitLength() > 62
        ? Optional.empty()
        : Optional.of(
            Duration.ofSeconds(secondsAndRest[0].longValue(), secondsAndRest[1].intValue()));
  }

  /** As {@link #parse} takes it: in the largest unit that leaves a whole number. */
  static String format(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 1000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1000;
    return seconds % 60 == 0 && seconds > 0 ? seconds / 60 + "m" : seconds + "s";
  }
}
