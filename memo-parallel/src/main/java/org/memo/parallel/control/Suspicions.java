package org.memo.parallel.control;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Ranks that miss each other: who waits for a rank that waits for a third one suspects the wrong
 * one. Guarded by the hub.
 */
final class Suspicions {
  private final List<Suspicion> suspicions = new ArrayList<>();
  private final Silence grace;

  Suspicions(Silence grace) {
    this.grace = grace;
  }

  /** A rank misses another. */
  record Suspicion(int from, int rank, String how) {
    String sentenceEnd() {
      return "%s, says rank %d".formatted(how, from);
    }
  }

  void add(Suspicion suspicion) {
    suspicions.add(suspicion);
  }

  /** When the grace is over: the one to believe, of a rank that itself misses none. */
  Optional<Suspicion> due(long elapsedNanos) {
    if (suspicions.isEmpty() || !grace.hasLasted(false, elapsedNanos)) {
      return Optional.empty();
    }
    return suspicions.stream()
        .filter(suspicion -> !isSuspicious(suspicion.rank()))
        .findFirst()
        .or(() -> Optional.of(suspicions.getFirst()));
  }

  private boolean isSuspicious(int rank) {
    return suspicions.stream().anyMatch(suspicion -> suspicion.from() == rank);
  }
}
