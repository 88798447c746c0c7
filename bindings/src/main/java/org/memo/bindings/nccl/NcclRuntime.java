package org.memo.bindings.nccl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.memo.bindings.nccl.generated.Nccl;
import org.memo.bindings.nccl.generated.ncclUniqueId;

/**
 * NCCL as a library.
 *
 * <p>Every call throws {@link org.memo.bindings.NativeCallException} where NCCL refuses, and {@link
 * org.memo.bindings.MissingLibraryException} where it is missing.
 */
public final class NcclRuntime {
  private NcclRuntime() {}

  /** The loaded library's version: 23007 for 2.30.7. */
  public static int version() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(ValueLayout.JAVA_INT);
      NcclStatus.check(Nccl.ncclGetVersion(slot), "ncclGetVersion");
      return slot.get(ValueLayout.JAVA_INT, 0);
    }
  }

  /**
   * A new id, at which this process answers from now on: it opens a socket on the network interface
   * that the environment variable NCCL_SOCKET_IFNAME names, else on one that NCCL chooses.
   */
  public static NcclUniqueId newUniqueId() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment id = ncclUniqueId.allocate(arena);
      NcclStatus.check(Nccl.ncclGetUniqueId(id), "ncclGetUniqueId");
      return new NcclUniqueId(id.toArray(ValueLayout.JAVA_BYTE));
    }
  }
}
