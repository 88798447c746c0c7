package org.memo.machine;

import java.util.Locale;
import org.memo.planner.cost.Hardware;

/**
 * The hardware that planning for a card goes by.
 *
 * @param isExact whether it is the card's own; otherwise it is that of a card of its generation
 */
record KnownCard(Hardware hardware, boolean isExact) {
  private static final long GIB = 1L << 30;

  /**
   * By the name that CUDA gives the card.
   *
   * @param totalBytes of its memory, which tells variants of one name apart
   */
  static KnownCard of(String cardName, long totalBytes, int computeMajor) {
    String name = cardName.toUpperCase(Locale.ROOT);
    long gib = totalBytes / GIB;
    if (name.contains("H200")) {
      return exact("h200-141gb");
    }
    if (name.contains("H100") && gib >= 76 && gib <= 82 && !name.contains("PCIE")) {
      return exact("h100-80gb");
    }
    if (name.contains("A800") && gib >= 76) {
      return exact("a800-80gb");
    }
    if (name.contains("A100") && gib >= 76) {
      return exact("a100-80gb");
    }
    if (name.contains("B200") && !name.contains("GB200")) {
      return exact("b200");
    }
    if (name.contains("RTX 4090")) {
      return exact("rtx-4090-24gb");
    }
    return new KnownCard(Hardware.named(ofGeneration(computeMajor)), false);
  }

  private static KnownCard exact(String name) {
    return new KnownCard(Hardware.named(name), true);
  }

  private static String ofGeneration(int computeMajor) {
    return switch (computeMajor) {
      case 8 -> "a100-80gb";
      case 9 -> "h100-80gb";
      default -> "b200";
    };
  }
}
