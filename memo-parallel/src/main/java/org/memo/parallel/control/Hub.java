package org.memo.parallel.control;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.memo.parallel.launch.Launch;

/**
 * Rank 0's second part: has a line to every rank, rank 0 among them, matches their exchanges, and
 * decides once which rank is lost.
 */
final class Hub {
  private static final int MOST_REFUSALS = 4;

  private final Launch launch;
  private final Waits waits;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition wentAway = lock.newCondition();
  private final @Nullable Seat[] seats;
  private final List<String> refusals = new ArrayList<>();
  private final Suspicions suspicions;
  private long formingLeftNanos;
  private boolean started;
  private @Nullable Gathering gathering;
  private Message.@Nullable Verdict verdict;

  Hub(Launch launch, Waits waits) {
    this.launch = launch;
    this.waits = waits;
    this.seats = new @Nullable Seat[launch.ranks()];
    this.formingLeftNanos = Waits.forming(waits.timeout()).toNanos();
    this.suspicions = new Suspicions(new Silence(waits.grace()));
  }

  /** What the line to a rank is told. */
  Wire.Receiver receiver(int rank) {
    return new Wire.Receiver() {
      @Override
      public void received(Message message) {
        locked(() -> Hub.this.received(rank, message));
      }

      @Override
      public void ended(String how) {
        locked(() -> Hub.this.ended(rank, how));
      }
    };
  }

  /**
   * Takes a rank in. When it is the last one, the run starts.
   *
   * @param from where it is, for messages
   * @param left of its timeout
   * @param welcome sends it the first that it hears; not run if it is not taken in
   * @return why it is not
   */
  Message.@Nullable Verdict admit(
      int rank, String from, Duration left, Wire wire, Runnable welcome) {
    lock.lock();
    try {
      Seat present = seats[rank];
      if (present != null) {
        decide(
            rank,
            "is two processes, at %s and at %s: give each one a rank of its own"
                .formatted(present.from(), from));
      }
      if (verdict != null) {
        return verdict;
      }
      welcome.run();
      formingLeftNanos = Math.min(formingLeftNanos, Waits.forming(left).toNanos());
      seats[rank] = new Seat(rank, from, wire, new Silence(waits.patience()));
      startIfComplete();
      return null;
    } finally {
      lock.unlock();
    }
  }

  /** A process that called itself a rank was sent away: told when a rank is missed. */
  void noteRefusal(String sentence) {
    locked(() -> {
      if (refusals.size() < MOST_REFUSALS) {
        refusals.add(sentence);
      }
    });
  }

  /** A rank has come with what cannot be part of this run. */
  void reject(int rank, String how) {
    locked(() -> decide(rank, how));
  }

  private void startIfComplete() {
    if (missing().isEmpty()) {
      started = true;
      broadcast(new Message.Start(SharedKey.random()));
    }
  }

  private List<Integer> missing() {
    return IntStream.range(0, seats.length).filter(rank -> seats[rank] == null).boxed().toList();
  }

  private void received(int rank, Message message) {
    Seat seat = Objects.requireNonNull(seats[rank]);
    switch (message) {
      case Message.Heartbeat(String progress) -> seat.did(progress);
      case Message.Contribution contribution -> contribute(rank, contribution);
      case Message.Suspicion(int other, String how) ->
          suspicions.add(new Suspicions.Suspicion(rank, checked(other), how));
      case Message.Failure(String how, String progress) -> {
        seat.did(progress);
        decide(rank, how);
      }
      case Message.Verdict(int lost, String sentence) ->
          decide(new Message.Verdict(checked(lost), sentence));
      case Message.Goodbye() -> {
        seat.part();
        requireNoneParted();
      }
      case Message.Start s -> throw unexpected(s);
      case Message.Result r -> throw unexpected(r);
    }
  }

  private int checked(int rank) {
    return Objects.checkIndex(rank, seats.length);
  }

  private static IllegalStateException unexpected(Message message) {
    return new IllegalStateException("only rank 0 sends " + message);
  }

  private void ended(int rank, String how) {
    Seat seat = Objects.requireNonNull(seats[rank]);
    if (!seat.hasParted()) {
      decide(rank, how);
    }
    seat.go();
    wentAway.signalAll();
  }

  private void contribute(int rank, Message.Contribution contribution) {
    if (verdict != null) {
      return;
    }
    Gathering current = gathering;
    if (current == null) {
      Silence waiting = new Silence(waits.exchange(contribution.what()));
      current = new Gathering(seats.length, rank, contribution, waiting);
      gathering = current;
    }
    String mismatch = current.mismatch(contribution);
    if (mismatch != null) {
      decide(rank, mismatch);
      return;
    }
    current.add(rank, contribution.bytes());
    if (current.isWhole()) {
      gathering = null;
      broadcast(new Message.Heartbeat(lastOperation()));
      broadcast(current.result());
    } else {
      requireNoneParted();
    }
  }

  /** Who has said goodbye comes to no exchange. */
  private void requireNoneParted() {
    Gathering current = gathering;
    if (current != null) {
      current.missing().stream()
          .filter(rank -> !Seat.isThere(seats[rank]))
          .findFirst()
          .ifPresent(rank -> decide(rank, "ended before exchange " + current.what()));
    }
  }

  /** Now and then, from one thread. */
  void tick(long elapsedNanos) {
    locked(() -> {
      requireAllCome(elapsedNanos);
      requireAllHeard(elapsedNanos);
      suspicions.due(elapsedNanos).ifPresent(this::believe);
      requireAllExchange(elapsedNanos);
      byte[] heartbeat = MessageCodec.frame(new Message.Heartbeat(lastOperation()));
      others().forEach(seat -> seat.beat(heartbeat));
    });
  }

  private String lastOperation() {
    if (!started) {
      return "wait for " + Sentences.ranks(missing());
    }
    return lastOperation(0);
  }

  private String lastOperation(int rank) {
    Seat seat = rank < seats.length ? seats[rank] : null;
    return seat == null ? "" : seat.lastOperation();
  }

  private void requireAllCome(long elapsedNanos) {
    formingLeftNanos -= elapsedNanos;
    if (started || formingLeftNanos > 0) {
      return;
    }
    List<Integer> missing = missing();
    String refused = refusals.isEmpty() ? "" : "; sent away: " + String.join("; ", refusals);
    decide(
        missing.getFirst(),
        "did not come to rank 0 (%s) within the timeout of %s%s%s"
            .formatted(launch.place(), waits.inSeconds(), norOthers(missing), refused));
  }

  /** Of a rank that is heard, unless one is silent for long: others wait for those who miss it. */
  private void believe(Suspicions.Suspicion suspicion) {
    others()
        .filter(seat -> !seat.hasParted() && isSilentForLong(seat))
        .findFirst()
        .ifPresentOrElse(
            seat -> decide(seat.rank(), Sentences.silent(seat.silence().lasted())),
            () -> decide(suspicion.rank(), suspicion.sentenceEnd()));
  }

  private boolean isSilentForLong(Seat seat) {
    return seat.silence().lasted().compareTo(waits.patience().dividedBy(2)) > 0;
  }

  private void requireAllHeard(long elapsedNanos) {
    List<Seat> present = others().filter(seat -> !seat.hasParted()).toList();
    List<Seat> silent = present.stream().filter(seat -> seat.isSilent(elapsedNanos)).toList();
    if (silent.isEmpty()) {
      return;
    }
    Seat first = silent.getFirst();
    if (present.size() > 1 && present.stream().allMatch(this::isSilentForLong)) {
      decide(
          0,
          "heard none of the other %d ranks for %s: it is cut off from them"
              .formatted(present.size(), Sentences.inSeconds(first.silence().lasted())));
    } else {
      decide(first.rank(), Sentences.silent(first.silence().lasted()));
    }
  }

  private void requireAllExchange(long elapsedNanos) {
    if (gathering != null && gathering.waiting().hasLasted(false, elapsedNanos)) {
      List<Integer> missing = gathering.missing();
      decide(
          missing.getFirst(),
          "did not come to exchange %s within %s%s"
              .formatted(
                  gathering.what(),
                  Sentences.inSeconds(waits.exchange(gathering.what())),
                  norOthers(missing)));
    }
  }

  private static String norOthers(List<Integer> missing) {
    return missing.size() == 1
        ? ""
        : ", nor did " + Sentences.ranks(missing.subList(1, missing.size()));
  }

  private void decide(int rank, String how) {
    decide(new Message.Verdict(rank, Sentences.of(rank, how, lastOperation(rank))));
  }

  /** Only the first decision counts. */
  private void decide(Message.Verdict decision) {
    if (verdict == null) {
      verdict = decision;
      broadcast(decision);
    }
  }

  private void broadcast(Message message) {
    byte[] frame = MessageCodec.frame(message);
    present().forEach(seat -> seat.send(frame));
  }

  private Stream<Seat> present() {
    return Arrays.stream(seats).filter(Objects::nonNull).map(Objects::requireNonNull);
  }

  private Stream<Seat> others() {
    return present().filter(seat -> seat.rank() != 0);
  }

  /** Says goodbye to all, and ends the lines when they are empty or the farewell is over. */
  void close() {
    locked(() -> {
      present().forEach(Seat::part);
      boolean interrupted = awaitAll(this::isGoneOrLost, waits.farewell());
      interrupted |= awaitAll(Seat::isGone, waits.tick()); // a lost rank that lives hears of it
      present().forEach(Seat::abandon);
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    });
  }

  /** Whether it was interrupted, which does not end it. */
  private boolean awaitAll(Predicate<Seat> away, Duration longest) {
    long remainingNanos = longest.toNanos();
    boolean interrupted = false;
    while (remainingNanos > 0 && !others().allMatch(away)) {
      try {
        remainingNanos = wentAway.awaitNanos(remainingNanos);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    return interrupted;
  }

  private boolean isGoneOrLost(Seat seat) {
    return seat.isGone() || (verdict != null && verdict.rank() == seat.rank());
  }

  private void locked(Runnable action) {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }
}
