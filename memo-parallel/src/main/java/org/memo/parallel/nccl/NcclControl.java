package org.memo.parallel.nccl;

import java.time.Duration;
import java.util.List;
import org.memo.collective.LostRankException;

/** What NCCL's ranks need of the group that they are: small messages, and who is lost. */
public interface NcclControl {
  /** This rank, from 0. */
  int rank();

  /** The size of the group. */
  int ranks();

  /** How long a rank may keep others waiting. */
  Duration patience();

  /** As {@link org.memo.collective.Collectives#exchange}. */
  List<byte[]> exchange(String what, byte[] mine);

  /**
   * Any thread may ask.
   *
   * @throws LostRankException where a rank is lost
   */
  void requireWhole();

  /** Tells the others that this rank has failed; where one is lost already nothing changes. */
  void fail(Throwable cause);
}
