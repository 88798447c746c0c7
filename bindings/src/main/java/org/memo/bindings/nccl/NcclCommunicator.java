package org.memo.bindings.nccl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.DeviceAddress;
import org.memo.bindings.nccl.generated.Nccl;

/**
 * One rank's end of a communicator, on the device that was current when it was created. One thread
 * makes the collective calls: each queues its work on a stream, and all ranks make them in the same
 * order with equal sizes. Any thread may ask for errors and abort.
 *
 * <p>Every call throws {@link NcclException} where NCCL refuses.
 */
public final class NcclCommunicator implements AutoCloseable {
  /** A call that takes longer waits for a rank that does not come: only an abort ends it. */
  private static final long BLOCKED_MILLIS = 1000;

  private final MemorySegment pointer;
  private final ReentrantLock calls = new ReentrantLock();
  private volatile boolean closed;

  /**
   * Waits until all ranks are here, however long that is.
   *
   * @param id the same for all ranks
   * @param rank 0 to {@code numRanks - 1}, another for each
   * @throws NcclException where NCCL refuses, as without a GPU
   */
  public NcclCommunicator(NcclUniqueId id, int numRanks, int rank, NcclConfig config) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(ValueLayout.ADDRESS);
      int status =
          Nccl.ncclCommInitRankConfig(
              slot, numRanks, id.toNative(arena), rank, config.toNative(arena));
      NcclStatus.check(status, "ncclCommInitRankConfig", "num_ranks rank", numRanks, rank);
      pointer = slot.get(ValueLayout.ADDRESS, 0);
    }
  }

  /** Puts the shards of all ranks side by side; the shard may lie where it belongs. */
  public void allGather(
      DeviceAddress shard, DeviceAddress whole, long shardBytes, CudaStreamHandle stream) {
    call(() ->
        NcclStatus.check(
            Nccl.ncclAllGather(
                shard.pointer(),
                whole.pointer(),
                shardBytes,
                Nccl.ncclUint8(),
                pointer,
                stream.pointer()),
            "ncclAllGather",
            "shard whole shard_bytes stream",
            shard,
            whole,
            shardBytes,
            stream));
  }

  /** Leaves each rank its shard of the sum; it may lie in the whole where it belongs. */
  public void reduceScatter(
      DeviceAddress whole,
      DeviceAddress shard,
      long shardElements,
      NcclType type,
      CudaStreamHandle stream) {
    call(() ->
        NcclStatus.check(
            Nccl.ncclReduceScatter(
                whole.pointer(),
                shard.pointer(),
                shardElements,
                type.code(),
                Nccl.ncclSum(),
                pointer,
                stream.pointer()),
            "ncclReduceScatter",
            "whole shard shard_elements type stream",
            whole,
            shard,
            shardElements,
            type,
            stream));
  }

  /** Replaces values by their sums over the ranks. */
  public void allReduce(
      DeviceAddress values, long elements, NcclType type, CudaStreamHandle stream) {
    call(() ->
        NcclStatus.check(
            Nccl.ncclAllReduce(
                values.pointer(),
                values.pointer(),
                elements,
                type.code(),
                Nccl.ncclSum(),
                pointer,
                stream.pointer()),
            "ncclAllReduce",
            "values elements type stream",
            values,
            elements,
            type,
            stream));
  }

  /** Gives all ranks what one has. */
  public void broadcast(
      DeviceAddress bytes, long sizeBytes, int fromRank, CudaStreamHandle stream) {
    call(() ->
        NcclStatus.check(
            Nccl.ncclBroadcast(
                bytes.pointer(),
                bytes.pointer(),
                sizeBytes,
                Nccl.ncclUint8(),
                fromRank,
                pointer,
                stream.pointer()),
            "ncclBroadcast",
            "address bytes from_rank stream",
            bytes,
            sizeBytes,
            fromRank,
            stream));
  }

  /** Gives a rank bytes that it receives at the same time; several in a {@link #group}. */
  public void send(DeviceAddress bytes, long sizeBytes, int toRank, CudaStreamHandle stream) {
    call(() ->
        NcclStatus.check(
            Nccl.ncclSend(
                bytes.pointer(), sizeBytes, Nccl.ncclUint8(), toRank, pointer, stream.pointer()),
            "ncclSend",
            "address bytes to_rank stream",
            bytes,
            sizeBytes,
            toRank,
            stream));
  }

  /** Takes what a rank sends. */
  public void receive(DeviceAddress bytes, long sizeBytes, int fromRank, CudaStreamHandle stream) {
    call(() ->
        NcclStatus.check(
            Nccl.ncclRecv(
                bytes.pointer(), sizeBytes, Nccl.ncclUint8(), fromRank, pointer, stream.pointer()),
            "ncclRecv",
            "address bytes from_rank stream",
            bytes,
            sizeBytes,
            fromRank,
            stream));
  }

  /** Makes calls of which none starts before all are given, so that none waits for another. */
  public void group(Runnable grouped) {
    call(() -> inGroup(grouped));
  }

  private static void inGroup(Runnable grouped) {
    NcclStatus.check(Nccl.ncclGroupStart(), "ncclGroupStart", "");
    RuntimeException failure = null;
    try {
      grouped.run();
    } catch (RuntimeException e) {
      failure = e;
    }
    int status = Nccl.ncclGroupEnd(); // also after a failure: the thread's group must end
    if (failure != null) {
      throw failure;
    }
    NcclStatus.check(status, "ncclGroupEnd", "");
  }

  /**
   * What went wrong after a call had returned: a peer or a connection that was lost. Not known
   * while a call is being made.
   */
  public Optional<NcclException> asynchronousError() {
    if (!calls.tryLock()) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      if (closed) {
        return Optional.empty();
      }
      MemorySegment slot = arena.allocate(ValueLayout.JAVA_INT);
      NcclStatus.check(Nccl.ncclCommGetAsyncError(pointer, slot), "ncclCommGetAsyncError", "");
      int status = slot.get(ValueLayout.JAVA_INT, 0);
      return status == Nccl.ncclSuccess() || status == Nccl.ncclInProgress()
          ? Optional.empty()
          : Optional.of(NcclException.of("ncclCommGetAsyncError", status, ""));
    } finally {
      calls.unlock();
    }
  }

  /**
   * Ends the collectives of communicators of one GPU where they are, also a call in which another
   * thread is blocked. What they should have written is undefined, and the communicators are
   * closed.
   *
   * <p>All at once: NCCL then frees memory, for which CUDA waits until the whole GPU stands still.
   * One after the other the first would wait for what the next is still to end.
   */
  public static void abort(List<NcclCommunicator> communicators) {
    List<NcclCommunicator> locked =
        communicators.stream().filter(NcclCommunicator::tryLock).toList();
    try {
      inGroup(() -> {
        int status = Nccl.ncclSuccess();
        for (NcclCommunicator each : communicators) {
          status = Math.max(status, each.abort());
        }
        NcclStatus.check(status, "ncclCommAbort", "");
      });
    } finally {
      locked.forEach(each -> each.calls.unlock());
    }
  }

  private int abort() {
    if (closed) {
      return Nccl.ncclSuccess();
    }
    closed = true;
    return Nccl.ncclCommAbort(pointer);
  }

  /** Waits for this rank's collectives, and for the ranks of this machine to close theirs. */
  @Override
  public void close() {
    calls.lock();
    try {
      if (!closed) {
        closed = true;
        NcclStatus.check(Nccl.ncclCommDestroy(pointer), "ncclCommDestroy", "");
      }
    } finally {
      calls.unlock();
    }
  }

  private void call(Runnable nativeCall) {
    calls.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the communicator is closed");
      }
      nativeCall.run();
    } finally {
      calls.unlock();
    }
  }

  private boolean tryLock() {
    try {
      return calls.tryLock(BLOCKED_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
