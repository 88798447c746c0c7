package org.memo.op;

/**
 * Which queries attend to which keys where R places share a sequence of {@code 2 R c} tokens (ring
 * attention). The sequence is cut into 2R chunks of c; place g holds chunks g and {@code 2R - 1 -
 * g}, one behind the other, so that under the causal mask all places have as much to do: an early
 * chunk has few keys, its late partner many.
 *
 * @param chunkTokens c
 * @param places R
 * @param queryPlace whose queries attend
 * @param keyPlace whose keys and values they attend to
 */
public record RingBlock(long chunkTokens, int places, int queryPlace, int keyPlace) {
  public RingBlock {
    if (chunkTokens < 1 || places < 1) {
      throw new IllegalArgumentException(
          "chunkTokens=%d places=%d: both must be at least 1".formatted(chunkTokens, places));
    }
    requirePlace("queryPlace", queryPlace, places);
    requirePlace("keyPlace", keyPlace, places);
  }

  /** 2c: the tokens of a place. */
  public long tokensOfPlace() {
    return Math.multiplyExact(2, chunkTokens);
  }

  /** Of the whole sequence: 2 R c. */
  public long tokens() {
    return Math.multiplyExact(places, tokensOfPlace());
  }

  /** Where in the sequence the first chunk of a place starts. */
  public long firstChunk(int place) {
    return place * chunkTokens;
  }

  /** Where in the sequence the second chunk of a place starts. */
  public long secondChunk(int place) {
    return (2L * places - 1 - place) * chunkTokens;
  }

  private static void requirePlace(String name, int place, int places) {
    if (place < 0 || place >= places) {
      throw new IndexOutOfBoundsException("%s=%d places=%d".formatted(name, place, places));
    }
  }
}
