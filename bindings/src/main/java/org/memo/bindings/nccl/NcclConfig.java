package org.memo.bindings.nccl;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.memo.bindings.nccl.generated.Nccl;
import org.memo.bindings.nccl.generated.ncclConfig_t;

/**
 * Settings of a communicator; what is {@link #LIBRARY_CHOOSES} is left to NCCL.
 *
 * @param minCtas the fewest thread blocks that a collective takes from the GPU
 * @param maxCtas the most of them
 * @param ctaPolicy a sum of {@code NCCL_CTA_POLICY_...}: 0 default, 1 few, 2 none where copy
 *     engines can do it
 */
public record NcclConfig(int minCtas, int maxCtas, int ctaPolicy) {
  /** {@code NCCL_CONFIG_UNDEF_INT}. */
  public static final int LIBRARY_CHOOSES = Integer.MIN_VALUE;

  /** Calls return when they are done: whoever checks their status sees no ncclInProgress. */
  private static final int BLOCKING = 1;

  /** Leaves everything to NCCL. */
  public static NcclConfig defaults() {
    return new NcclConfig(LIBRARY_CHOOSES, LIBRARY_CHOOSES, LIBRARY_CHOOSES);
  }

  /** The {@code ncclConfig_t}, as NCCL_CONFIG_INITIALIZER fills it but for what is set here. */
  MemorySegment toNative(Arena arena) {
    MemorySegment config = ncclConfig_t.allocate(arena);
    ncclConfig_t.size(config, ncclConfig_t.sizeof());
    ncclConfig_t.magic(config, Nccl.NCCL_API_MAGIC());
    ncclConfig_t.version(config, Nccl.NCCL_VERSION_CODE());
    leaveToLibrary(config);
    ncclConfig_t.blocking(config, BLOCKING);
    ncclConfig_t.minCTAs(config, minCtas);
    ncclConfig_t.maxCTAs(config, maxCtas);
    ncclConfig_t.CTAPolicy(config, ctaPolicy);
    return config;
  }

  private static void leaveToLibrary(MemorySegment config) {
    ncclConfig_t.netName(config, Nccl.NCCL_CONFIG_UNDEF_PTR());
    ncclConfig_t.commName(config, Nccl.NCCL_CONFIG_UNDEF_PTR());
    ncclConfig_t.cgaClusterSize(config, LIBRARY_CHOOSES);
    ncclConfig_t.splitShare(config, LIBRARY_CHOOSES);
    ncclConfig_t.trafficClass(config, LIBRARY_CHOOSES);
    ncclConfig_t.collnetEnable(config, LIBRARY_CHOOSES);
    ncclConfig_t.shrinkShare(config, LIBRARY_CHOOSES);
    ncclConfig_t.nvlsCTAs(config, LIBRARY_CHOOSES);
    ncclConfig_t.nChannelsPerNetPeer(config, LIBRARY_CHOOSES);
    ncclConfig_t.nvlinkCentricSched(config, LIBRARY_CHOOSES);
    ncclConfig_t.graphUsageMode(config, LIBRARY_CHOOSES);
    ncclConfig_t.numRmaCtx(config, LIBRARY_CHOOSES);
    ncclConfig_t.maxP2pPeers(config, LIBRARY_CHOOSES);
    ncclConfig_t.graphStreamOrdering(config, LIBRARY_CHOOSES);
  }
}
