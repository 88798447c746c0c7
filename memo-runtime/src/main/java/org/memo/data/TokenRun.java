package org.memo.data;

/**
 * Tokens of a batch one behind the other.
 *
 * @param first counted from the batch's first token
 * @param tokens how many
 */
public record TokenRun(long first, long tokens) {
  /** Behind the last. */
  public long end() {
    return first + tokens;
  }
}
