package org.memo.machine;

import org.memo.UserInputException;

/**
 * The GPU of a rank, of those that its machine's ranks may take.
 *
 * @param gpu from 0
 * @param ranks that have it, this one included
 */
record GpuPlace(int gpu, int ranks) {
  /** NCCL's own setting; for tests: the ranks of a GPU are no faster than one. */
  private static final String SHARING = "NCCL_MULTI_RANK_GPU_ENABLE";

  /** Whether NCCL lets several ranks have one GPU. */
  static boolean mayShare() {
    return "1".equals(System.getenv(SHARING));
  }

  /**
   * @param gpus that this process sees: a launcher may show each process only the GPU of its rank
   * @throws UserInputException when there are too few
   */
  static GpuPlace of(int localRank, int localRanks, int gpus, boolean mayShare) {
    if (gpus >= localRanks) {
      return new GpuPlace(localRank, 1);
    }
    if (mayShare) {
      return new GpuPlace(localRank % gpus, Math.ceilDiv(localRanks, gpus));
    }
    if (gpus == 1) {
      return new GpuPlace(0, 1);
    }
    throw new UserInputException(
        "this machine has %d GPUs for its %d ranks; valid is at most one rank for each, any number with --device host, or %s=1, which lets ranks share a GPU"
            .formatted(gpus, localRanks, SHARING));
  }
}
