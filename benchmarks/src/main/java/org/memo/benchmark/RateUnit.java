package org.memo.benchmark;

import java.util.Locale;

/** What a rate counts. */
enum RateUnit {
  BYTES("GB/s", 1e9),
  FLOPS("GFLOP/s", 1e9),
  CALLS("Mcall/s", 1e6);

  private final String text;
  private final double size;

  RateUnit(String text, double size) {
    this.text = text;
    this.size = size;
  }

  /** A number of these per second, for people. */
  String format(double perSecond) {
    return String.format(Locale.ROOT, "%.1f %s", perSecond / size, text);
  }
}
