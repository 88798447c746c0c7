package org.memo.collective;

import org.memo.bindings.cudart.CudaStreamHandle;

/**
 * One rank's end of a process group whose ranks each drive a GPU: collectives are queued on the
 * streams of the GPU that was current when it was made. The thread that drives the GPU uses it.
 */
public interface GpuCollectives extends AutoCloseable {
  /**
   * The channel of a stream among blocks of {@code ranks} consecutive ranks, of which one is this
   * rank's. All ranks of the group ask for it, in the same order, and it waits for all of them.
   *
   * @param name of the stream: the ranks' streams of one name belong together
   * @param ranks of a block: divides the group
   * @throws LostRankException when another rank failed, ended or did not come
   */
  GpuChannel channel(String name, int ranks, CudaStreamHandle stream);

  /**
   * To be called again and again while the host waits for the GPU, and once more before what the
   * GPU has done is used: where a rank is lost, collectives end without having done their work.
   *
   * @throws LostRankException when another rank failed or ended, or did not come to a collective
   *     that this one has waited in for long
   */
  void requireProgress();

  /** The streams have ended. */
  @Override
  void close();
}
