package org.memo.collective;

import java.util.List;

/** One rank's end of a process group, for a device whose memory the CPU can address. */
public interface Collectives {
  /** This rank, from 0. */
  int rank();

  /** The size of the group. */
  int ranks();

  /** This rank's number among those of its machine, from 0. */
  default int localRank() {
    return rank() % localRanks();
  }

  /** How many of them, this one included, share this machine's processors. */
  int localRanks();

  /** Where the device of this rank writes what it does together with other ranks. */
  CollectiveLog log();

  /**
   * This rank's end of the channel of a name. The calls of the ranks on one channel are matched in
   * order, and apart from those on other channels: each stream of a device has one.
   */
  default CollectiveChannel channel(String name) {
    return channel(name, ranks());
  }

  /**
   * The same among a part of the group: blocks of {@code ranks} consecutive ranks, each apart from
   * the others, of which one is this rank's. Each size has channels of its own.
   *
   * @param ranks of a block: divides {@link #ranks()}
   */
  CollectiveChannel channel(String name, int ranks);

  /**
   * The same group for the GPU that the calling thread drives, which it closes after use.
   *
   * @throws org.memo.bindings.MissingLibraryException where the library for it is missing
   */
  default GpuCollectives gpus() {
    throw new UnsupportedOperationException("this group has no GPUs");
  }

  /**
   * Gives every rank what each brings, in the order of the ranks. For small messages between the
   * threads that drive the ranks, beside the streams: every rank calls it, in the same order.
   *
   * @param what is exchanged: equal on all ranks, or their programs differ
   * @throws LostRankException when another rank failed, ended or did not come
   */
  List<byte[]> exchange(String what, byte[] mine);

  /**
   * Gives up: every call of the group, waiting or to come, fails with a {@link LostRankException}
   * that names this rank. Only the first call of the whole group counts.
   */
  void fail(Throwable cause);
}
