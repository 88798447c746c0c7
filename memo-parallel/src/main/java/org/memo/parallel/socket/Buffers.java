package org.memo.parallel.socket;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Bytes for a peer or of a peer: buffers one behind the other. */
@FunctionalInterface
interface Buffers {
  /** The next, asked for when the one before was moved whole; null at the end. */
  @Nullable ByteBuffer next();
}
