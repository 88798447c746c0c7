package org.memo.bindings.cuda;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Optional;
import org.memo.bindings.cuda.generated.MemoCuda;
import org.memo.bindings.cuda.generated.memo_cuda_fault;
import org.memo.bindings.cuda.generated.memo_cuda_queue;
import org.memo.bindings.cudart.CudaMemory;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudart.DeviceAddress;

/**
 * Where kernels run: a stream, device scratch that only this queue's kernels use, and a place for
 * what they find wrong with their data. It owns that place; the stream and the scratch are the
 * caller's, who waits for the stream before closing the queue.
 */
public final class CudaQueue implements AutoCloseable {
  private static final VarHandle CODE = JAVA_INT.varHandle();

  private final Arena arena = Arena.ofShared();
  private final MemorySegment queue;
  private final MemorySegment fault;

  /**
   * @param workspace aligned to 256 bytes
   * @param workspaceBytes {@link #workspaceBytes()} or more
   */
  public CudaQueue(CudaStreamHandle stream, DeviceAddress workspace, long workspaceBytes) {
    fault = CudaMemory.allocateHost("kernel faults", memo_cuda_fault.sizeof());
    fault.fill((byte) 0);
    DeviceAddress mappedFault;
    try {
      mappedFault = CudaMemory.deviceAddressOf(fault);
    } catch (RuntimeException e) {
      CudaMemory.freeHost(fault);
      throw e;
    }
    queue = memo_cuda_queue.allocate(arena);
    memo_cuda_queue.stream(queue, stream.pointer());
    memo_cuda_queue.workspace(queue, workspace.pointer());
    memo_cuda_queue.workspace_bytes(queue, workspaceBytes);
    memo_cuda_queue.fault(queue, mappedFault.pointer());
  }

  /** The least device scratch of a queue, in bytes. */
  public static long workspaceBytes() {
    return MemoCuda.MEMO_CUDA_WORKSPACE_BYTES();
  }

  /**
   * What a kernel refused first since this was asked last. Ask when the work is done; a fault of
   * work that is not may be missed now and given later.
   */
  public Optional<CudaFault> takeFault() {
    int code = (int) CODE.getAcquire(fault, memo_cuda_fault.code$offset());
    if (code == MemoCuda.MEMO_CUDA_FAULT_NONE()) {
      return Optional.empty();
    }
    CudaFault taken =
        new CudaFault(
            code,
            memo_cuda_fault.kernel(fault),
            memo_cuda_fault.index(fault),
            memo_cuda_fault.value(fault));
    CODE.setRelease(fault, memo_cuda_fault.code$offset(), MemoCuda.MEMO_CUDA_FAULT_NONE());
    return Optional.of(taken);
  }

  /** The {@code memo_cuda_queue}, for native calls. */
  public MemorySegment pointer() {
    return queue;
  }

  /** Closing again does nothing. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
      CudaMemory.freeHost(fault);
    }
  }
}
