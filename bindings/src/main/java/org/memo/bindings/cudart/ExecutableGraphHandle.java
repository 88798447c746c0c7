package org.memo.bindings.cudart;

import java.lang.foreign.MemorySegment;

/** A {@code cudaGraphExec_t}, recorded work that can be launched; who created it destroys it. */
public record ExecutableGraphHandle(MemorySegment pointer) {
  @Override
  public String toString() {
    return "0x" + Long.toHexString(pointer.address());
  }
}
