package org.memo.parallel.socket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class PiecesTest {
  /** Addresses only: nothing is there, and nothing is touched. */
  @Test
  void aSegmentLargerThanABufferCanBeIsCutIntoPiecesOneBehindTheOther() {
    long start = 0x7_0000_0001L;
    long sizeBytes = (3L << 30) + 5;
    Pieces pieces = new Pieces(MemorySegment.ofAddress(start).reinterpret(sizeBytes));
    long at = start;
    for (ByteBuffer piece = pieces.next(); piece != null; piece = pieces.next()) {
      assertEquals(at, MemorySegment.ofBuffer(piece).address());
      assertEquals(Math.min(Pieces.PIECE_BYTES, start + sizeBytes - at), piece.remaining());
      at += piece.remaining();
    }
    assertEquals(start + sizeBytes, at);
  }

  @Test
  void nothingHasNoPiece() {
    assertNull(new Pieces(MemorySegment.NULL).next());
  }
}
