package org.memo.device.cuda;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.memo.DoesNotFitException;
import org.memo.bindings.NumaNodes;
import org.memo.bindings.OutOfHostMemoryException;
import org.memo.bindings.cudart.CudaException;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.bindings.kernels.HostMemory;
import org.memo.device.HostRegion;

/**
 * Ordinary host memory that is pinned piece by piece, so that one can follow a pinning that takes
 * minutes. No copy may span two pieces: {@link #forEachPiece} cuts it.
 */
final class RegisteredMemory implements AutoCloseable {
  /** Large beside what a call costs, and less than a second of pinning. */
  static final long PIECE_BYTES = 1L << 30;

  private final ClosingStack owned = new ClosingStack();
  private final MemorySegment segment;
  private final long pieceBytes;

  /** What is done with a part of a region. */
  @FunctionalInterface
  interface PieceAction {
    /**
     * Is given each part once.
     *
     * @param offsetBytes of the part in the region
     */
    void accept(long offsetBytes, MemorySegment part);
  }

  /**
   * Reserves and pins.
   *
   * @param pieceBytes a multiple of the page size
   * @param numaNode whose memory is preferred, where the machine has several
   * @throws DoesNotFitException when the system pins less
   * @throws OutOfHostMemoryException when the machine has less memory
   */
  RegisteredMemory(
      long sizeBytes, long pieceBytes, OptionalInt numaNode, PinningListener listener) {
    this.pieceBytes = pieceBytes;
    HostMemory memory = HostMemory.reserve("the host pool", Math.max(1, sizeBytes));
    owned.own(memory::close);
    this.segment = memory.segment();
    try {
      if (numaNode.isPresent() && NumaNodes.count() > 1) {
        NumaNodes.prefer(segment, numaNode.getAsInt());
      }
      pin(listener);
    } catch (RuntimeException e) {
      owned.closeAfter(e);
      throw e;
    }
  }

  MemorySegment segment() {
    return segment;
  }

  /** How many pieces are pinned. */
  long pieces() {
    return Math.ceilDiv(segment.byteSize(), pieceBytes);
  }

  /** Gives the action the parts of a region that lie in one piece each, in their order. */
  void forEachPiece(HostRegion region, PieceAction action) {
    long end = region.offsetBytes() + region.sizeBytes();
    long from = region.offsetBytes();
    while (from < end) {
      long to = Math.min(end, (from / pieceBytes + 1) * pieceBytes);
      action.accept(from - region.offsetBytes(), segment.asSlice(from, to - from));
      from = to;
    }
  }

  /** Nothing may be copying any more. */
  @Override
  public void close() {
    owned.close();
  }

  private void pin(PinningListener listener) {
    long totalBytes = segment.byteSize();
    for (long from = 0; from < totalBytes; from += pieceBytes) {
      MemorySegment piece = segment.asSlice(from, Math.min(pieceBytes, totalBytes - from));
      pinPiece(piece, from);
      owned.own(() -> CudaMemory.unregisterHost(piece));
      listener.pinned(from + piece.byteSize(), totalBytes);
    }
  }

  private void pinPiece(MemorySegment piece, long pinnedBytes) {
    try {
      CudaMemory.registerHost("the host pool", piece);
    } catch (OutOfHostMemoryException | CudaException e) {
      DoesNotFitException refused =
          new DoesNotFitException(
              "of the host pool of %d bytes only %d could be pinned (%s); the limit of locked memory is %s: raise it (ulimit -l) or lower --host-memory."
                  .formatted(segment.byteSize(), pinnedBytes, e.getMessage(), lockedLimit()),
              segment.byteSize(),
              pinnedBytes);
      refused.initCause(e);
      throw refused;
    }
  }

  /** As Linux says it, for a message. */
  private static String lockedLimit() {
    try {
      return Files.readAllLines(Path.of("/proc/self/limits")).stream()
          .filter(line -> line.startsWith("Max locked memory"))
          .map(line -> line.replaceFirst("Max locked memory\\s+(\\S+).*", "$1"))
          .map(limit -> limit.equals("unlimited") ? limit : limit + " bytes")
          .findFirst()
          .orElse("unknown");
    } catch (IOException e) {
      return "unknown";
    }
  }
}
