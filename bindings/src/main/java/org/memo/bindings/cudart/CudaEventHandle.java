package org.memo.bindings.cudart;

import java.lang.foreign.MemorySegment;

/** A {@code cudaEvent_t}; who created it destroys it. */
public record CudaEventHandle(MemorySegment pointer) {
  @Override
  public String toString() {
    return "0x" + Long.toHexString(pointer.address());
  }
}
