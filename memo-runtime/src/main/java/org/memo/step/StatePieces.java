package org.memo.step;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.memo.model.ParameterLayout;

/** Cuts what a rank holds of a model's states into runs of tensors that fit a small buffer. */
final class StatePieces implements AutoCloseable {
  private static final long BUFFER_BYTES = 64L << 20;

  private final ParameterLayout layout;
  private final Arena arena = Arena.ofShared(); // fresh weights are drawn by several threads
  private final MemorySegment buffer;

  /** Takes a run of a tensor's elements. */
  interface Piece<E extends Exception> {
    /**
     * @param floats [n] f32, a buffer for the run
     * @param localElement where the run lies in the rank's vector
     */
    void take(
        ParameterLayout.Tensor tensor, long firstElement, MemorySegment floats, long localElement)
        throws E;
  }

  StatePieces(ParameterLayout layout) {
    this.layout = layout;
    this.buffer = arena.allocate(Math.min(BUFFER_BYTES, layout.sizeBytes()), Float.BYTES);
  }

  /** All runs of a share, in its order; padding between tensors is left out. */
  <E extends Exception> void forEach(StateUnits.Share share, Piece<E> piece) throws E {
    long shareEnd = share.start() + share.elements();
    long pieceElements = buffer.byteSize() / Float.BYTES;
    for (ParameterLayout.Tensor tensor : layout.tensors()) {
      long end = Math.min(shareEnd, tensor.endElements());
      for (long at = Math.max(share.start(), tensor.offsetElements());
          at < end;
          at += pieceElements) {
        long elements = Math.min(pieceElements, end - at);
        piece.take(
            tensor,
            at - tensor.offsetElements(),
            buffer.asSlice(0, elements * Float.BYTES),
            share.localStart() + at - share.start());
      }
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
