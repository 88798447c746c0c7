package org.memo.bindings.cudart;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.ToIntFunction;
import org.memo.bindings.cudart.generated.CudaRt;

/** What a call of the CUDA runtime answers. */
final class CudaStatus {
  private CudaStatus() {}

  static void check(int status, String call) {
    if (status != CudaRt.cudaSuccess()) {
      throw CudaException.of(call, status, "");
    }
  }

  /** As {@link #check(int, String)}, for a call with one argument. */
  static void check(int status, String call, String name, Object value) {
    if (status != CudaRt.cudaSuccess()) {
      throw CudaException.of(call, status, name, value);
    }
  }

  /** The answer of a call that asks whether something has been done. */
  static boolean isDone(int status, String call, String name, Object value) {
    if (status == CudaRt.cudaErrorNotReady()) {
      CudaException.clearLastError();
      return false;
    }
    check(status, call, name, value);
    return true;
  }

  /** The int that a call writes where its argument points. */
  static int writtenInt(String call, ToIntFunction<MemorySegment> write) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(ValueLayout.JAVA_INT);
      check(write.applyAsInt(slot), call);
      return slot.get(ValueLayout.JAVA_INT, 0);
    }
  }

  /** The pointer that a call writes where its argument points. */
  static MemorySegment writtenPointer(String call, ToIntFunction<MemorySegment> write) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(ValueLayout.ADDRESS);
      check(write.applyAsInt(slot), call);
      return slot.get(ValueLayout.ADDRESS, 0);
    }
  }
}
