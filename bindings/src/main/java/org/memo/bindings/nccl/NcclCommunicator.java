package org.memo.bindings.nccl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.nccl.generated.Nccl;

/**
 * One rank's end of a communicator, on the device that was current when it was created. One thread
 * at a time may use it.
 */
public final class NcclCommunicator implements AutoCloseable {
  private final MemorySegment pointer;
  private boolean closed;

  /**
   * Waits until all ranks are here.
   *
   * @param id the same for all ranks
   * @param rank 0 to {@code numRanks - 1}, another for each
   * @throws NativeCallException where NCCL refuses, as without a GPU
   */
  public NcclCommunicator(NcclUniqueId id, int numRanks, int rank, NcclConfig config) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(ValueLayout.ADDRESS);
      int status =
          Nccl.ncclCommInitRankConfig(
              slot, numRanks, id.toNative(arena), rank, config.toNative(arena));
      if (status != Nccl.ncclSuccess()) {
        throw NativeCallException.of(
            "ncclCommInitRankConfig",
            status,
            NcclStatus.name(status),
            NcclStatus.text(status),
            "num_ranks rank",
            numRanks,
            rank);
      }
      pointer = slot.get(ValueLayout.ADDRESS, 0);
    }
  }

  /** Waits for this rank's collectives. Closing again does nothing. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      NcclStatus.check(Nccl.ncclCommDestroy(pointer), "ncclCommDestroy");
    }
  }
}
