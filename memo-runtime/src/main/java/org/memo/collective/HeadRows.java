package org.memo.collective;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.memo.op.HeadExchange;
import org.memo.planner.cost.ElementType;

/** Moves heads between rows of all heads, of the tokens of one rank, and rows of a rank's heads. */
public final class HeadRows {
  private final ElementType type;
  private final long tokens;
  private final long headBytes;
  private final long wholeRowBytes;
  private final long localRowBytes;

  /** For the rows of an exchange. */
  public HeadRows(HeadExchange exchange) {
    this.type = exchange.type();
    this.tokens = exchange.tokensOfRank();
    this.headBytes = exchange.layout().headDim() * type.bytes();
    this.wholeRowBytes = exchange.layout().width() * type.bytes();
    this.localRowBytes = exchange.localLayout().width() * type.bytes();
  }

  /** T/P: the tokens of one rank. */
  public long tokensOfRank() {
    return tokens;
  }

  /** The bytes of a row of a rank's heads. */
  public long localRowBytes() {
    return localRowBytes;
  }

  /** Of the local rows of all tokens, those of one rank's tokens. */
  public MemorySegment localRows(MemorySegment rows, int owner) {
    return localRows(rows, owner * tokens, tokens);
  }

  /** Of local rows, those of some tokens. */
  public MemorySegment localRows(MemorySegment rows, long firstToken, long count) {
    return rows.asSlice(firstToken * localRowBytes, count * localRowBytes);
  }

  /** Of rows of all heads, those of some tokens. */
  public MemorySegment wholeRows(MemorySegment rows, long firstToken, long count) {
    return rows.asSlice(firstToken * wholeRowBytes, count * wholeRowBytes);
  }

  /** Copies heads to the local rows of the same tokens; virtual ones become zeros. */
  public void toHeads(MemorySegment wholeRows, MemorySegment localRows, List<HeadMove> moves) {
    long count = localRows.byteSize() / localRowBytes;
    for (long token = 0; token < count; token++) {
      for (HeadMove move : moves) {
        long to = localOffset(token, move);
        long sizeBytes = move.heads() * headBytes;
        if (move.isVirtual()) {
          localRows.asSlice(to, sizeBytes).fill((byte) 0);
        } else {
          MemorySegment.copy(wholeRows, wholeOffset(token, move), localRows, to, sizeBytes);
        }
      }
    }
  }

  /**
   * Copies to the rows of the same tokens the heads that these do not have yet, adds the others and
   * drops virtual ones.
   */
  public void toTokens(MemorySegment localRows, MemorySegment wholeRows, List<HeadMove> moves) {
    long count = localRows.byteSize() / localRowBytes;
    for (long token = 0; token < count; token++) {
      for (HeadMove move : moves) {
        long from = localOffset(token, move);
        long to = wholeOffset(token, move);
        long sizeBytes = move.heads() * headBytes;
        if (move.add()) {
          add(localRows, from, wholeRows, to, sizeBytes);
        } else if (!move.isVirtual()) {
          MemorySegment.copy(localRows, from, wholeRows, to, sizeBytes);
        }
      }
    }
  }

  private long wholeOffset(long token, HeadMove move) {
    return token * wholeRowBytes + move.wholeHead() * headBytes;
  }

  private long localOffset(long token, HeadMove move) {
    return token * localRowBytes + move.localHead() * headBytes;
  }

  private void add(MemorySegment source, long from, MemorySegment target, long to, long sizeBytes) {
    for (long at = 0; at < sizeBytes; at += type.bytes()) {
      switch (type) {
        case F32 ->
            target.set(
                ValueLayout.JAVA_FLOAT_UNALIGNED,
                to + at,
                target.get(ValueLayout.JAVA_FLOAT_UNALIGNED, to + at)
                    + source.get(ValueLayout.JAVA_FLOAT_UNALIGNED, from + at));
        case BF16 ->
            target.set(
                ValueLayout.JAVA_SHORT_UNALIGNED,
                to + at,
                rounded(bf16(target, to + at) + bf16(source, from + at)));
      }
    }
  }

  private static float bf16(MemorySegment memory, long at) {
    return Float.intBitsToFloat(memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, at) << 16);
  }

  /** To the nearest, ties to even; a NaN stays one. */
  private static short rounded(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
  }
}
