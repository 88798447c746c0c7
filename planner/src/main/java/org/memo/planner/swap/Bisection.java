package org.memo.planner.swap;

import java.util.OptionalLong;
import java.util.function.LongPredicate;

/** Finds how far a thing can grow, where what is feasible stays feasible when it is smaller. */
public final class Bisection {

  private Bisection() {}

  /**
   * The largest multiple of {@code granule} up to {@code limit} that is feasible. It doubles until
   * something is not, then halves the gap: 2 log2(answer / granule) probes at most, none twice.
   *
   * @param granule step between candidates, and the smallest of them
   * @param limit the largest candidate worth knowing
   * @return empty if not even the granule is feasible
   * @throws IllegalArgumentException if the granule is not above 0
   */
  public static OptionalLong largestMultiple(long granule, long limit, LongPredicate feasible) {
    return largestMultiple(granule, limit, granule, feasible);
  }

  /**
   * As {@link #largestMultiple(long, long, LongPredicate)}, with a first guess: the nearer it is to
   * the answer, the fewer probes.
   *
   * @param guess where to start, any number
   */
  public static OptionalLong largestMultiple(
      long granule, long limit, long guess, LongPredicate feasible) {
    if (granule <= 0) {
      throw new IllegalArgumentException(
          "the granule is %d; it must be above 0".formatted(granule));
    }
    long most = Math.max(0, limit) / granule;
    if (most == 0) {
      return OptionalLong.empty();
    }
    LongPredicate fits = multiple -> feasible.test(multiple * granule);
    long start = Math.clamp(guess / granule, 1, most);
    long answer = fits.test(start) ? grow(start, most, fits) : halve(0, start, fits);
    return answer == 0 ? OptionalLong.empty() : OptionalLong.of(answer * granule);
  }

  /** Doubles the step from what fits until something does not. */
  private static long grow(long fitting, long most, LongPredicate fits) {
    long good = fitting;
    while (good < most) {
      long next = good > most / 2 ? most : 2 * good;
      if (!fits.test(next)) {
        return halve(good, next, fits);
      }
      good = next;
    }
    return good;
  }

  /** The largest that fits, at least {@code good} and below {@code bad}. */
  private static long halve(long good, long bad, LongPredicate fits) {
    while (bad - good > 1) {
      long middle = good + (bad - good) / 2;
      if (fits.test(middle)) {
        good = middle;
      } else {
        bad = middle;
      }
    }
    return good;
  }
}
