package org.memo.data;

import java.util.List;

/**
 * What a rank holds of a batch: runs of its tokens, and of the padding that follows them where the
 * ranks' equal parts take it.
 *
 * @param allTokens of the parts of all ranks
 * @param runs in the order in which the rank holds them
 */
public record BatchPart(long allTokens, List<TokenRun> runs) {
  public BatchPart {
    runs = List.copyOf(runs);
    for (TokenRun run : runs) {
      if (run.first() < 0 || run.tokens() < 1 || run.end() > allTokens) {
        throw new IndexOutOfBoundsException("%s allTokens=%d".formatted(run, allTokens));
      }
    }
  }

  /** All of a batch. */
  public static BatchPart whole(long tokens) {
    return new BatchPart(tokens, List.of(new TokenRun(0, tokens)));
  }

  /** T: of the runs together. */
  public long tokens() {
    return runs.stream().mapToLong(TokenRun::tokens).sum();
  }
}
