package org.memo.parallel.socket;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A segment as buffers: it may be larger than a buffer can be. Pieces are small enough that memory
 * on the Java heap, which the socket copies piece by piece, costs little more memory.
 */
final class Pieces implements Buffers {
  static final long PIECE_BYTES = 4 << 20;

  private final MemorySegment segment;
  private long offsetBytes;

  Pieces(MemorySegment segment) {
    this.segment = segment;
  }

  @Override
  public @Nullable ByteBuffer next() {
    long sizeBytes = Math.min(PIECE_BYTES, segment.byteSize() - offsetBytes);
    if (sizeBytes == 0) {
      return null;
    }
    MemorySegment piece = segment.asSlice(offsetBytes, sizeBytes);
    offsetBytes += sizeBytes;
    return piece.asByteBuffer();
  }
}
