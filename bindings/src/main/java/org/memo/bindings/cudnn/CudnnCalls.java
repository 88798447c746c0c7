package org.memo.bindings.cudnn;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.memo.bindings.NativeCallException;
import org.memo.bindings.cudnn.generated.Cudnn;

/** Turns cuDNN's status codes into exceptions that carry its own words. */
final class CudnnCalls {
  private static final long MAX_TEXT_BYTES = 4096;
  private static final long MAX_NAME_BYTES = 256;

  private CudnnCalls() {}

  /**
   * Throws where a call has failed.
   *
   * @param names the arguments' names for the message, separated by blanks
   */
  static void check(String call, int status, String names, Object... values) {
    if (status != Cudnn.CUDNN_STATUS_SUCCESS()) {
      throw NativeCallException.of(call, status, statusName(status), lastError(), names, values);
    }
  }

  static String statusName(int status) {
    return Cudnn.cudnnGetErrorString(status).reinterpret(MAX_NAME_BYTES).getString(0);
  }

  /** What the calling thread's last failed call says, in one line. */
  private static String lastError() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(MAX_TEXT_BYTES);
      Cudnn.cudnnGetLastErrorString(text, MAX_TEXT_BYTES);
      return text.getString(0).strip().replaceAll("\\s*\\R\\s*", "; ");
    }
  }
}
