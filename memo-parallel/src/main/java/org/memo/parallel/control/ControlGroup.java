package org.memo.parallel.control;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.memo.collective.LostRankException;

/**
 * One rank's end of the control plane of a run over several processes: small messages, and who is
 * lost. The ranks agree on one lost rank: rank 0 decides, and all name the same rank with the same
 * sentence; only a rank that loses rank 0 decides for itself and names rank 0.
 *
 * <p>Every method may be called from any thread and none waits longer than {@link #timeout()}.
 * Interrupts are kept and do not end a wait: the other ranks count on this one.
 */
public interface ControlGroup extends AutoCloseable {
  /** This rank, from 0. */
  int rank();

  /** How many ranks (processes) the run has. */
  int ranks();

  /** This rank among those of its machine, from 0. */
  int localRank();

  /** How many ranks run on this machine. */
  int localRanks();

  /** The longest that anything may wait before the run counts as lost. */
  Duration timeout();

  /**
   * How long a carrier of collectives waits for another rank before it {@linkplain #suspect
   * suspects} it: 0.8 of the timeout, so that all have agreed on the lost rank when the timeout has
   * passed.
   */
  default Duration patience() {
    return timeout().multipliedBy(4).dividedBy(5);
  }

  /** Where the other ranks reach this one. */
  InetAddress address();

  /** Random, the same on all ranks and new in each run; foreign processes lack it. */
  SharedKey key();

  /**
   * Gives every rank what each brings, in the order of the ranks. Every rank calls it in the same
   * order, one thread at a time; the lists' arrays may be shared and are not to be changed.
   *
   * @param what is exchanged: equal on all ranks, or their programs differ
   * @param mine at most {@value #MAX_EXCHANGED_BYTES} bytes
   * @throws LostRankException when a rank was lost, came to another exchange or did not come
   */
  List<byte[]> exchange(String what, byte[] mine);

  /**
   * What ranks exchange that have each waited for others for half of {@link #patience()}: who does
   * not come within the other half is lost.
   */
  String SEARCH = "the search for a late rank";

  /**
   * How long ranks wait for one that does not come to an exchange.
   *
   * @param whole what they wait where they have not waited for anybody yet
   */
  static Duration patience(String exchange, Duration whole) {
    return exchange.equals(SEARCH) ? whole.dividedBy(2) : whole;
  }

  /** The most that a rank brings to an exchange. */
  int MAX_EXCHANGED_BYTES = 1 << 20;

  /**
   * Gives up: the other ranks are told that this one failed, and why. Returns when rank 0 has
   * decided, or after a bounded part of the timeout. A cause that is itself a lost rank counts as a
   * suspicion of that one. Nothing happens when the run is lost already.
   */
  void fail(Throwable cause);

  /**
   * This rank misses another: their connection broke or it did not come to a collective. Asks rank
   * 0, which may know better (it is the lost one's victim that others see first), and waits a
   * bounded part of the timeout for its verdict.
   *
   * @param how the end of a sentence that begins with "rank N", such as "did not come to AllGather
   *     12 on stream compute"
   * @return what to throw: it names the rank that is lost, which may be another one
   */
  LostRankException suspect(int rank, String how);

  /**
   * @throws LostRankException when a rank is lost: a new one for each call, thrown at its caller
   */
  void requireWhole();

  /**
   * Calls back once when a rank is lost (at once if one is already), on a thread of the group: to
   * abort what waits for that rank. It must return soon and must not call {@link #exchange}.
   */
  void onLost(Consumer<LostRankException> callback);

  /**
   * The last resort: calls back when a rank was lost a tenth of the timeout ago and this group is
   * still not closed, because what used it is stuck. The callback ends the process.
   */
  void onStuck(Consumer<LostRankException> callback);

  /**
   * What this rank did last, with its stream: asked often from a thread of the group, so it must
   * not block, and told in messages when this rank is lost. Empty: nothing to tell.
   */
  void reportProgress(Supplier<String> lastOperation);

  /**
   * Says an orderly goodbye. It waits for no other rank's work: ranks that must know that all have
   * come to the end exchange something before. Whoever waits for this rank afterwards fails.
   */
  @Override
  void close();
}
