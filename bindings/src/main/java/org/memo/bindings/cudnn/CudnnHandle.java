package org.memo.bindings.cudnn;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.memo.bindings.cudart.CudaStreamHandle;
import org.memo.bindings.cudnn.generated.Cudnn;

/**
 * cuDNN on the calling thread's current GPU. One thread uses a handle; closing it waits for the
 * GPU.
 */
public final class CudnnHandle implements CudnnTarget, AutoCloseable {
  private MemorySegment address;
  private @Nullable CudaStreamHandle stream;

  /**
   * Of the current device.
   *
   * @throws org.memo.bindings.NativeCallException where there is no GPU, or none that cuDNN knows
   */
  public CudnnHandle() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(ADDRESS);
      CudnnCalls.check("cudnnCreate", Cudnn.cudnnCreate(slot), "");
      address = slot.get(ADDRESS, 0);
    }
  }

  /** Lets plans run on a stream of the current device. */
  public void setStream(CudaStreamHandle next) {
    if (!next.equals(stream)) {
      CudnnCalls.check(
          "cudnnSetStream", Cudnn.cudnnSetStream(address(), next.pointer()), "stream", next);
      stream = next;
    }
  }

  @Override
  public void bindGraph(CudnnDescriptor graph) {
    graph.setHandle(Attribute.GRAPH_HANDLE, address());
  }

  /** The graph's handle says for which device. */
  @Override
  public void bindHeuristic(CudnnDescriptor heuristic) {}

  @Override
  public void bindPlan(CudnnDescriptor plan) {
    plan.setHandle(Attribute.PLAN_HANDLE, address());
  }

  MemorySegment address() {
    if (address.equals(MemorySegment.NULL)) {
      throw new IllegalStateException("the cuDNN handle is closed");
    }
    return address;
  }

  @Override
  public void close() {
    if (!address.equals(MemorySegment.NULL)) {
      MemorySegment closing = address;
      address = MemorySegment.NULL;
      CudnnCalls.check("cudnnDestroy", Cudnn.cudnnDestroy(closing), "");
    }
  }
}
