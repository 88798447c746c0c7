package org.memo.data;

/**
 * A rank's run of a batch's tokens: one of {@code parts} of equal length, the last of which are
 * padded where that takes it.
 *
 * @param index of the part, from 0
 */
public record BatchPart(int index, int parts) {
  /** All of a batch. */
  public static final BatchPart WHOLE = new BatchPart(0, 1);

  public BatchPart {
    if (index < 0 || index >= parts) {
      throw new IndexOutOfBoundsException("index=%d parts=%d".formatted(index, parts));
    }
  }

  /** Of one part, where the batch has {@code batchTokens}. */
  public long tokens(long batchTokens) {
    return Math.ceilDiv(batchTokens, parts);
  }
}
