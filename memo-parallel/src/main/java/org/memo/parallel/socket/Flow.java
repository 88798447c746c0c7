package org.memo.parallel.socket;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** One direction of a connection: what is still to be moved there. */
final class Flow {
  private static final Buffers NOTHING = () -> null;

  private final Mover mover;
  private Buffers buffers = NOTHING;
  private @Nullable ByteBuffer current;
  private long movedBytes;

  /** A socket's read or write, which does not wait. */
  @FunctionalInterface
  interface Mover {
    /** Moves what it can: returns how many bytes, or -1 where the peer has closed. */
    int move(ByteBuffer buffer) throws IOException;
  }

  Flow(Mover mover) {
    this.mover = mover;
  }

  /** Has these moved next. What was to be moved before has been. */
  void begin(Buffers next) {
    if (current != null) {
      throw new IllegalStateException("%d bytes are left".formatted(current.remaining()));
    }
    buffers = next;
    current = next.next();
  }

  /** The same for one buffer. */
  void begin(ByteBuffer only) {
    begin(NOTHING);
    current = only.hasRemaining() ? only : null;
  }

  boolean isPending() {
    return current != null;
  }

  /** Bytes moved since {@link #resetCount}. */
  long movedBytes() {
    return movedBytes;
  }

  void resetCount() {
    movedBytes = 0;
  }

  /** Moves what can be moved at once; whether that was anything. */
  boolean move() throws IOException {
    ByteBuffer buffer = current;
    if (buffer == null) {
      return false;
    }
    int moved = mover.move(buffer);
    if (moved < 0) {
      throw new EOFException("end of stream");
    }
    movedBytes += moved;
    if (!buffer.hasRemaining()) {
      current = buffers.next();
    }
    return moved > 0;
  }
}
