package org.memo.bindings.nccl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.memo.bindings.ProcessEnvironment;
import org.memo.bindings.nccl.generated.Nccl;
import org.memo.bindings.nccl.generated.ncclUniqueId;

/**
 * NCCL as a library.
 *
 * <p>Every call throws {@link NcclException} where NCCL refuses, and {@link
 * org.memo.bindings.MissingLibraryException} where it is missing.
 */
public final class NcclRuntime {
  private NcclRuntime() {}

  /** The loaded library's version: 23007 for 2.30.7. */
  public static int version() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment slot = arena.allocate(ValueLayout.JAVA_INT);
      NcclStatus.check(Nccl.ncclGetVersion(slot), "ncclGetVersion", "");
      return slot.get(ValueLayout.JAVA_INT, 0);
    }
  }

  /**
   * Lets NCCL start the collectives of all communicators of a GPU in the order in which the host
   * makes them, which is the same on all ranks: else those of two streams could take the GPU in
   * another order on another rank, and each wait for ever. Works before the first communicator, and
   * not where the environment has NCCL_LAUNCH_ORDER_IMPLICIT.
   */
  public static void orderCommunicators() {
    version(); // says where NCCL is missing
    ProcessEnvironment.setUnlessChosen("NCCL_LAUNCH_ORDER_IMPLICIT", "1");
  }

  /**
   * A new id, at which this process answers from now on: it opens a socket on the network interface
   * that the environment variable NCCL_SOCKET_IFNAME names, else on one that NCCL chooses.
   */
  public static NcclUniqueId newUniqueId() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment id = ncclUniqueId.allocate(arena);
      NcclStatus.check(Nccl.ncclGetUniqueId(id), "ncclGetUniqueId", "");
      return new NcclUniqueId(id.toArray(ValueLayout.JAVA_BYTE));
    }
  }
}
