package org.memo.collective;

/** One rank's end of a process group, for a device whose memory the CPU can address. */
public interface Collectives {
  /** This rank, from 0. */
  int rank();

  /** The size of the group. */
  int ranks();

  /**
   * This rank's end of the channel of a name. The calls of the ranks on one channel are matched in
   * order, and apart from those on other channels: each stream of a device has one.
   */
  CollectiveChannel channel(String name);

  /**
   * Gives up: every call of the group, waiting or to come, fails with a {@link LostRankException}
   * that names this rank. Only the first call of the whole group counts.
   */
  void fail(Throwable cause);
}
