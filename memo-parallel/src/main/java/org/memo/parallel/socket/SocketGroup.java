package org.memo.parallel.socket;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.memo.collective.LostRankException;
import org.memo.parallel.control.ControlGroup;

/** What the channels of a rank share: whether the group still stands, and who wakes them. */
final class SocketGroup {
  private final ControlGroup control;
  private final Set<Runnable> waiting = ConcurrentHashMap.newKeySet();
  private volatile boolean lost;

  SocketGroup(ControlGroup control) {
    this.control = control;
    control.onLost(loss -> {
      lost = true;
      waiting.forEach(Runnable::run);
    });
  }

  ControlGroup control() {
    return control;
  }

  int rank() {
    return control.rank();
  }

  /** How long a rank may be missed. */
  long patienceNanos() {
    return control.patience().toNanos();
  }

  /** Has this run when a rank is lost, at once if one is: it ends somebody's waiting. */
  void wakeWhenLost(Runnable wake) {
    waiting.add(wake);
    if (lost) {
      wake.run();
    }
  }

  void requireWhole() {
    if (lost) {
      control.requireWhole();
    }
  }

  /**
   * Gives a rank up, this one included.
   *
   * @param how the end of a sentence that begins with "rank N"
   * @return what to throw: another rank may have been lost before
   */
  LostRankException lose(int rank, String how) {
    return control.suspect(rank, how);
  }
}
