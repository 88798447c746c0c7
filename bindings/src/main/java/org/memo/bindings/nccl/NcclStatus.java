package org.memo.bindings.nccl;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.memo.bindings.nccl.generated.Nccl;

/** What a call of NCCL answers. */
final class NcclStatus {
  /** ncclResult_t by value. */
  private static final List<String> NAMES =
      List.of(
          "ncclSuccess",
          "ncclUnhandledCudaError",
          "ncclSystemError",
          "ncclInternalError",
          "ncclInvalidArgument",
          "ncclInvalidUsage",
          "ncclRemoteError",
          "ncclInProgress",
          "ncclTimeout");

  private NcclStatus() {}

  /**
   * @param names the arguments' names, separated by blanks
   */
  static void check(int status, String call, String names, Object... values) {
    if (status != Nccl.ncclSuccess()) {
      throw NcclException.of(call, status, names, values);
    }
  }

  static String name(int status) {
    return status >= 0 && status < NAMES.size() ? NAMES.get(status) : "unknown error";
  }

  /** NCCL's explanation, and what it has logged last where it has. */
  static String text(int status) {
    String text = Nccl.ncclGetErrorString(status).getString(0);
    MemorySegment last = Nccl.ncclGetLastError(MemorySegment.NULL);
    String details = last.equals(MemorySegment.NULL) ? "" : last.getString(0).strip();
    return details.isEmpty() ? text : text + ": " + details;
  }
}
