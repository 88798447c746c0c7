package org.memo.parallel.socket;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.memo.collective.HeadMove;
import org.memo.collective.HeadRows;

/** The heads of a peer, of all tokens of this rank, packed some tokens at a time. */
final class PackedHeads implements Buffers {
  private final HeadRows rows;
  private final MemorySegment source;
  private final List<HeadMove> moves;
  private final MemorySegment staging;
  private long firstToken;

  /**
   * @param source rows of all heads
   * @param staging for at least one local row
   */
  PackedHeads(HeadRows rows, MemorySegment source, List<HeadMove> moves, MemorySegment staging) {
    this.rows = rows;
    this.source = source;
    this.moves = moves;
    this.staging = staging;
  }

  @Override
  public @Nullable ByteBuffer next() {
    long count =
        Math.min(staging.byteSize() / rows.localRowBytes(), rows.tokensOfRank() - firstToken);
    if (count == 0) {
      return null;
    }
    MemorySegment packed = rows.localRows(staging, 0, count);
    rows.toHeads(rows.wholeRows(source, firstToken, count), packed, moves);
    firstToken += count;
    return packed.asByteBuffer();
  }
}
