package org.memo.bindings.cudart;

import java.lang.foreign.MemorySegment;

/** A {@code cudaGraph_t}, work that was recorded; who created it destroys it. */
public record CudaGraphHandle(MemorySegment pointer) {
  @Override
  public String toString() {
    return "0x" + Long.toHexString(pointer.address());
  }
}
