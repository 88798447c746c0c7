package org.memo.bindings.flash;

/**
 * Whose queries see whose keys in a call of ring attention: a sequence is cut into 2 R chunks, and
 * place g of R holds the chunks g and {@code 2R - 1 - g}, one behind the other.
 *
 * @param places R
 */
public record RingBlock(long chunkTokens, long places, long queryPlace, long keyPlace) {
  @Override
  public String toString() {
    return "(chunk_tokens=%d places=%d query_place=%d key_place=%d)"
        .formatted(chunkTokens, places, queryPlace, keyPlace);
  }
}
