package org.memo.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Guesses what a misspelt name was meant to be. */
final class NearestName {
  private NearestName() {}

  /** The valid name with the fewest letters to change, where under half of them change. */
  static Optional<String> of(String given, Collection<String> valid) {
    return valid.stream()
        .filter(name -> 2 * distance(given, name) < Math.max(given.length(), name.length()))
        .min(Comparator.comparingInt(name -> distance(given, name)));
  }

  /** Letters to insert, delete or replace: Levenshtein's distance, row by row. */
  private static int distance(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replace = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replace, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
